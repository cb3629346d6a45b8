import { describe, expect, test } from "vitest";
import { decodeImage, decodeRegion, inspectImage } from "../../lib/image/decode.ts";
import { sharp } from "../../lib/image/sharp.ts";
import { photograph, plain, pngOf } from "./images.ts";

const jpeg = await photograph(320, 200).jpeg().toBuffer();
const damaged = {
  JPEG: jpeg,
  "progressive JPEG": await photograph(320, 200).jpeg({ progressive: true }).toBuffer(),
  PNG: await photograph(320, 200).png().toBuffer(),
  "interlaced PNG": await photograph(320, 200).png({ progressive: true }).toBuffer(),
  WebP: await photograph(320, 200).webp().toBuffer(),
  AVIF: await photograph(320, 200).avif({ effort: 0 }).toBuffer(),
};

const foreign: [string, Uint8Array, string][] = [
  ["a text that is called .jpg", Buffer.from("The dog that was in the picture."), "in none of the image formats"],
  ["an SVG", Buffer.from('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'), "an SVG"],
  ["a GIF", await photograph(20, 20).gif().toBuffer(), "a GIF"],
  ["a TIFF", await photograph(20, 20).tiff().toBuffer(), "a TIFF"],
  ["a PDF", Buffer.from("%PDF-1.7\n"), "a PDF"],
  ["a HEIC", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1"), "a HEIC"],
];

describe.each([
  ["inspectImage", inspectImage],
  ["decodeImage", decodeImage],
])("%s refuses", (_, read) => {
  test("nothing at all", async () => {
    await expect(read(new Uint8Array())).rejects.toMatchObject({ code: "IMAGE_MISSING" });
  });

  test.each(foreign)("%s", async (_, bytes, kind) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: "IMAGE_FORMAT_UNSUPPORTED",
      message: expect.stringMatching(`^The file is ${kind}.*; it must be a JPEG, PNG, WebP or AVIF image\\.$`),
    });
  });

  test.each(Object.entries(damaged))("a %s that was cut short", async (_, bytes) => {
    for (const length of [60, bytes.length * 0.1, bytes.length * 0.5, bytes.length * 0.9, bytes.length - 20]) {
      await expect(read(bytes.subarray(0, length))).rejects.toMatchObject({ code: "IMAGE_UNREADABLE" });
    }
  });

  test("a PNG that promises more pixels than are allowed, by its header alone", async () => {
    const bomb = pngOf(30_000, 30_000); // decoding it would fail, with another code
    expect(bomb.length).toBeLessThan(1000);
    await expect(read(bomb)).rejects.toMatchObject({
      code: "IMAGE_TOO_LARGE",
      message: "The image has 30000 × 30000 pixels (900 megapixels); at most 50 megapixels are allowed.",
    });
    await expect(read(pngOf(300, 300))).rejects.toMatchObject({ code: "IMAGE_UNREADABLE" });
  });

  test("one pixel more than the limit that it is given", async () => {
    await expect(read(jpeg, { maxPixels: 320 * 200 })).resolves.toMatchObject({ width: 320, height: 200 });
    await expect(read(jpeg, { maxPixels: 320 * 200 - 1 })).rejects.toMatchObject({ code: "IMAGE_TOO_LARGE" });
  });
});

const loadable = ["a HEIC"]; // by the loader of AVIF, as far as its header
test.each(foreign.filter(([name]) => !loadable.includes(name)))("libvips has no loader left for %s", async (_, bytes) => {
  await expect(sharp(bytes).metadata()).rejects.toThrow("unsupported image format");
});

test.each([
  ["jpeg", jpeg],
  ["png", damaged["interlaced PNG"]],
  ["webp", damaged.WebP],
  ["avif", damaged.AVIF],
])("inspectImage tells the format by the bytes: %s", async (format, bytes) => {
  expect(await inspectImage(bytes)).toEqual({ format, width: 320, height: 200 });
});

test.each([
  ["a single pixel", plain(200, 100, 50).resize(1, 1).png(), [200, 100, 50], 0],
  ["a JPEG", plain(200, 100, 50).jpeg(), [200, 100, 50], 2],
  ["grey as three channels", plain(80, 80, 80).toColourspace("b-w").png(), [80, 80, 80], 0],
  ["a palette", plain(200, 100, 50).png({ palette: true }), [200, 100, 50], 0],
  ["16 bits", plain(200, 100, 50).toColourspace("rgb16").png(), [200, 100, 50], 0],
  ["grey of 16 bits", plain(80, 80, 80).toColourspace("grey16").png(), [80, 80, 80], 0],
  ["CMYK by the usual press profile", plain(128, 64, 32).withIccProfile("cmyk").jpeg({ quality: 100 }), [122, 64, 9], 4],
  ["Display P3 by its profile", plain(200, 100, 50).withIccProfile("p3").png(), [200, 100, 50], 2],
  ["Display P3 of 16 bits", plain(200, 100, 50).withIccProfile("p3").toColourspace("rgb16").png(), [200, 100, 50], 2],
  [
    "an Ultra HDR JPEG's plain picture (darkened by libvips)",
    plain(200, 100, 50).toColourspace("scrgb").jpeg(),
    [161, 81, 41],
    4,
  ],
  ["half transparent on white", plain(200, 100, 50, 0.5).png(), [227, 177, 152], 1],
  ["wholly transparent as white", plain(200, 100, 50, 0).png(), [255, 255, 255], 0],
] as const)("decodeImage reads %s", async (_, image, colour, tolerance) => {
  const { width, height, data } = await decodeImage(await image.toBuffer());
  expect(data.length).toBe(width * height * 3);
  data.forEach((value, i) => expect(Math.abs(value - colour[i % 3]!)).toBeLessThanOrEqual(tolerance));
});

test.each([
  [1, "abc def"],
  [2, "cba fed"],
  [3, "fed cba"],
  [4, "def abc"],
  [5, "ad be cf"],
  [6, "da eb fc"],
  [7, "fc eb da"],
  [8, "cf be ad"],
])("EXIF orientation %i turns abc def into %s", async (orientation, upright) => {
  const grey = Uint8Array.from([..."abcdef"].flatMap((_, i) => [40 * i, 40 * i, 40 * i]));
  const image = sharp(grey, { raw: { width: 3, height: 2, channels: 3 } }).withMetadata({ orientation });
  const bytes = await image.png().toBuffer();
  const { width, height, data } = await decodeImage(bytes);
  const letters = Array.from({ length: 6 }, (_, i) => "abcdef"[Math.round(data[3 * i]! / 40)]).join("");
  expect([letters.slice(0, width), ...letters.slice(width).match(RegExp(`.{${width}}`, "g"))!].join(" ")).toBe(upright);
  expect(await inspectImage(bytes)).toMatchObject({ width, height });
});

test("decodeImage reads the first frame of an animation", async () => {
  const frames = Buffer.concat([Buffer.alloc(300, 40), Buffer.alloc(300, 200)]);
  const raw = { width: 10, height: 20, channels: 3, pageHeight: 10 } as const;
  const bytes = await sharp(frames, { raw })
    .webp({ lossless: true, delay: [100, 100] })
    .toBuffer();
  const { height, data } = await decodeImage(bytes);
  expect([height, data[0], data[299]]).toEqual([10, 40, 40]);
});

test("the harmless irregularity of some telephones' JPEGs is let pass", async () => {
  const bytes = Buffer.from(jpeg);
  const scan = bytes.indexOf(Buffer.from([0xff, 0xda]));
  bytes[scan + 2 + bytes.readUInt16BE(scan + 2) - 2] = 0; // the end of the spectral selection, which must be 63
  await expect(sharp(bytes).raw().toBuffer()).rejects.toThrow("Invalid SOS parameters");
  const [irregular, regular] = [await decodeImage(bytes), await decodeImage(jpeg)];
  expect(Buffer.compare(irregular.data, regular.data)).toBe(0);
});

test("a region is cut from the upright picture and resized", async () => {
  // Stored on its side: upright, the left half is black and the right half white.
  const stored = Uint8Array.from({ length: 40 * 60 * 3 }, (_, i) => (i < 20 * 60 * 3 ? 255 : 0));
  const file = await sharp(stored, { raw: { width: 60, height: 40, channels: 3 } })
    .withMetadata({ orientation: 6 })
    .png()
    .toBuffer();
  expect(await inspectImage(file)).toMatchObject({ width: 40, height: 60 });
  const right = await decodeRegion(file, { left: 22.5, top: 10, width: 17.5, height: 50 }, { width: 8, height: 9 });
  const left = await decodeRegion(file, { left: 0, top: 0, width: 17, height: 0.2 }, { width: 2, height: 2 });
  expect([right.width, right.height]).toEqual([8, 9]);
  expect([new Set(left.data), new Set(right.data)]).toEqual([new Set([0]), new Set([255])]);
});
