import { Busboy, type BusboyFileStream, type BusboyHeaders } from "@fastify/busboy";
import { addAbortSignal, type Readable } from "node:stream";

export interface Form {
  readonly fields: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, File>;
}

export interface FormLimits {
  /** Bytes of a file. */
  readonly fileBytes: number;
  /** Bytes of `operations` or `map`. */
  readonly fieldBytes: number;
  readonly files: number;
}

/** A form, or its file, that is larger than it may be. */
export class FormTooLarge extends Error {
  override readonly name = "FormTooLarge";
}

/** The parts of a GraphQL multipart request that are text; whatever else there is, is a file, also where a client names no filename. */
const TEXT_PARTS = new Set(["operations", "map"]);

/**
 * Reads a multipart form. Stops reading where it is too large, and leaves the rest of the body to whoever answers.
 *
 * @throws FormTooLarge, or an Error that says what is wrong with it
 */
export function readForm(request: Request, limits: FormLimits): Promise<Form> {
  const fields = new Map<string, string>();
  const files = new Map<string, File>();
  // The framework's requests are Node's streams inside.
  const { readable } = request.body as unknown as { readonly readable: Readable };
  return new Promise((resolve, reject) => {
    const parser = new Busboy({
      headers: Object.fromEntries(request.headers) as unknown as BusboyHeaders,
      isPartAFile: (name) => name === undefined || !TEXT_PARTS.has(name),
      limits: { fileSize: limits.fileBytes, fieldSize: limits.fieldBytes, files: limits.files, fields: TEXT_PARTS.size },
    });
    const end = (error?: Error) => {
      readable.unpipe(parser);
      if (error) reject(error);
      else resolve({ fields, files });
    };
    const tooMany = (what: string) => () => end(new Error(`more than ${what}`));
    addAbortSignal(request.signal, parser);
    parser.on("field", (name, value, _, isCut) =>
      isCut ? end(new Error(`\`${name}\` has more than ${limits.fieldBytes} bytes`)) : fields.set(name, value),
    );
    parser.on("file", (name, file, filename, _, type) => {
      collect(file).then(
        (chunks) => files.set(name, new File(chunks, filename ?? name, { type })),
        (error: Error) => end(error),
      );
    });
    parser.on("filesLimit", tooMany(`${limits.files} file${limits.files === 1 ? "" : "s"}`));
    parser.on("fieldsLimit", tooMany(`${TEXT_PARTS.size} fields`));
    parser.on("error", (error) => end(error as Error));
    // The last file is collected a moment after the parser is done.
    parser.on("finish", () => setImmediate(end));
    readable.on("error", end);
    readable.pipe(parser);
  });
}

function collect(file: BusboyFileStream): Promise<BlobPart[]> {
  const chunks: Buffer<ArrayBuffer>[] = [];
  return new Promise((resolve, reject) => {
    file.on("data", (chunk: Buffer<ArrayBuffer>) => chunks.push(chunk));
    file.on("limit", () => reject(new FormTooLarge("The file is too large")));
    file.on("error", reject);
    file.on("end", () => resolve(chunks));
  });
}
