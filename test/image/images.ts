import { crc32, deflateSync } from "node:zlib";
import { sharp } from "../../lib/image/sharp.ts";

/** sharp on a smooth picture with enough noise that no encoder can make it tiny: width × height, RGB. */
export function photograph(width: number, height: number) {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = 128 + 90 * Math.sin(i / 997) + (Math.imul(i, 0x9e3779b1) >>> 28);
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** sharp on 16 × 8 pixels of one colour. */
export function plain(red: number, green: number, blue: number, alpha = 1) {
  return sharp({
    create: { width: 16, height: 8, channels: alpha < 1 ? 4 : 3, background: { r: red, g: green, b: blue, alpha } },
  });
}

/** A well-formed PNG header that promises width × height grey pixels, before one byte of them. */
export function pngOf(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const chunks = [chunk("IHDR", header), chunk("IDAT", deflateSync(Buffer.alloc(1))), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks]);
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, checksum]);
}
