import type { FileHandle } from "node:fs/promises";
import { CodedError } from "../errors.ts";

/** A field of a protobuf message in a file: where it begins (its tag), where its value lies. */
export interface Field {
  readonly number: number;
  /** The wire type: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  readonly wire: number;
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

export const LENGTH_DELIMITED = 2;
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };
const WINDOW_BYTES = 16_384;
/** A tag and a length, as varints of at most ten bytes each. */
const HEADER_BYTES = 20;

/** A protobuf message in a file, of which no more is read than is asked for (https://protobuf.dev/programming-guides/encoding). */
export class WireFile {
  readonly #handle: FileHandle;
  readonly #size: number;
  #window: Uint8Array = new Uint8Array();
  #windowStart = 0;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  /**
   * The fields of the message that lies between two places of the file.
   *
   * @throws CodedError MODEL_UNUSABLE where the bytes are no message, or one that goes on behind the file's end
   */
  async *fields(start: number, end: number): AsyncGenerator<Field> {
    for (let at = start; at < end;) {
      const header = await this.bytes(at, Math.min(at + HEADER_BYTES, end));
      const tag = varint(header, 0);
      const number = Math.floor(tag.value / 8);
      const wire = tag.value % 8;
      const length = wire === 0 || wire === LENGTH_DELIMITED ? varint(header, tag.length) : { value: 0, length: 0 };
      const size = wire === 0 ? 0 : wire === LENGTH_DELIMITED ? length.value : FIXED_BYTES[wire];
      if (number === 0 || size === undefined) throw noModel();
      const value = wire === 0 ? at + tag.length : at + tag.length + length.length;
      const field = { number, wire, start: at, value, end: at + tag.length + length.length + size };
      if (field.end > end) throw this.#tooShort(field.end, end);
      yield field;
      at = field.end;
    }
  }

  /** The bytes between two places of the file. */
  async bytes(start: number, end: number): Promise<Uint8Array> {
    if (start < this.#windowStart || end > this.#windowStart + this.#window.length) {
      this.#window = await this.#read(start, Math.min(Math.max(end, start + WINDOW_BYTES), this.#size));
      this.#windowStart = start;
    }
    return this.#window.subarray(start - this.#windowStart, end - this.#windowStart);
  }

  async #read(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await this.#handle.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) throw this.#tooShort(end, start + filled);
      filled += bytesRead;
    }
    return bytes;
  }

  #tooShort(expected: number, end: number): CodedError {
    if (end < this.#size || expected > Number.MAX_SAFE_INTEGER) return noModel();
    const sizes = `expected at least ${expected} bytes, got ${this.#size}`;
    return new CodedError("MODEL_UNUSABLE", `the file is not an ONNX model, or is cut short: ${sizes}`);
  }
}

function noModel(): CodedError {
  return new CodedError("MODEL_UNUSABLE", "the file is not an ONNX model, or is damaged");
}

/** A whole number of seven bits a byte, the lowest first. */
function varint(bytes: Uint8Array, from: number): { value: number; length: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[from + i];
    if (byte === undefined) throw noModel();
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, length: i + 1 };
  }
  throw noModel();
}
