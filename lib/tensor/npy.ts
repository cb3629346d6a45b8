import type { Tensor } from "./tensor.ts";

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]; // \x93NUMPY, version 1.0

/** A float32 tensor as the bytes of a .npy file, version 1.0, little-endian, C order: what numpy.load opens. */
export function encodeNpy(tensor: Tensor): Uint8Array {
  const shape = tensor.shape.length === 1 ? `${tensor.shape[0]},` : tensor.shape.join(", ");
  const described = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
  const padding = 63 - ((magic.length + 2 + described.length) % 64);
  const header = `${described}${" ".repeat(padding)}\n`;
  const start = magic.length + 2 + header.length;
  const bytes = new Uint8Array(start + tensor.data.byteLength);
  bytes.set(magic);
  const view = new DataView(bytes.buffer);
  view.setUint16(magic.length, header.length, true);
  for (let i = 0; i < header.length; i++) bytes[magic.length + 2 + i] = header.charCodeAt(i);
  for (let i = 0; i < tensor.data.length; i++) view.setFloat32(start + 4 * i, tensor.data[i]!, true);
  return bytes;
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Reads what `encodeNpy` writes. Throws a RangeError for any other kind of .npy file. */
export function decodeNpy(bytes: Uint8Array): Tensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = magic.length + 2 + view.getUint16(magic.length, true);
  const header = String.fromCharCode(...bytes.subarray(magic.length + 2, start));
  const found = /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(([\d, ]*)\), \}/.exec(header);
  if (!found || magic.some((byte, i) => bytes[i] !== byte)) throw new RangeError("Expected a .npy file of float32 in C order");
  const shape = found[1]!
    .split(",")
    .filter((length) => length.trim() !== "")
    .map(Number);
  const data = new Float32Array(shape.reduce((product, length) => product * length, 1));
  if (bytes.length < start + data.byteLength) throw new RangeError("Expected a whole .npy file, got a part of one");
  // At once where the machine has numbers as the file has them: a file may have tens of MB, and others wait meanwhile.
  if (isLittleEndian) new Uint8Array(data.buffer).set(bytes.subarray(start, start + data.byteLength));
  else for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(start + 4 * i, true);
  return { shape, data };
}
