import sharp, { type Sharp } from "sharp";

// libvips opens dozens of formats; a stranger's bytes reach four well-tested decoders and no other.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: [
    "VipsForeignLoadJpegBuffer",
    "VipsForeignLoadPngBuffer",
    "VipsForeignLoadWebpBuffer",
    "VipsForeignLoadHeifBuffer", // AVIF; the library is built without a decoder for HEIC
  ],
});

/** sharp, opening JPEG, PNG, WebP and AVIF from memory only. */
export { type Sharp, sharp };
