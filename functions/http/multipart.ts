import { GraphQLError } from "graphql";
import type { GraphQLParams, Plugin } from "graphql-yoga";
import { type Form, FormTooLarge, readForm } from "./read-form.ts";

type Json = Record<string, unknown>;

/**
 * Reads multipart requests (https://github.com/jaydenseric/graphql-multipart-request-spec) as the framework does, but says what is
 * wrong with one that cannot be read: its parser throws a TypeError at some of them, which would pass for a defect of ours.
 */
export function multipartRequests(maxImageBytes: number): Plugin {
  return {
    onRequestParse({ request, setRequestParser }) {
      if (isMultipart(request)) setRequestParser((each) => parse(each, maxImageBytes));
    },
  };
}

export function isMultipart({ method, headers }: Request): boolean {
  return method === "POST" && (headers.get("content-type")?.toLowerCase().startsWith("multipart/form-data") ?? false);
}

async function parse(request: Request, maxImageBytes: number): Promise<GraphQLParams> {
  const limits = { files: 1, fileBytes: maxImageBytes, fieldBytes: 100_000 };
  const { fields, files } = await readForm(request, limits).catch((error: unknown) => refuseForm(error, maxImageBytes));
  const operations = jsonOf(fields, "operations");
  const map = fields.has("map") ? jsonOf(fields, "map") : {};
  for (const [name, paths] of Object.entries(map)) {
    const file = files.get(name);
    if (file === undefined) throw refused(`\`map\` names the file "${name}", which was not sent`);
    if (!Array.isArray(paths))
      throw refused(`expected \`map\` to list paths for the file "${name}", got ${JSON.stringify(paths)}`);
    for (const path of paths) put(file, operations, String(path));
  }
  return operations;
}

function refuseForm(error: unknown, maxImageBytes: number): never {
  if (!(error instanceof Error) || error.name === "AbortError") throw error;
  const tooLarge = error instanceof FormTooLarge || error.message.startsWith("Request body too large");
  if (!tooLarge) throw refused(`expected \`operations\`, \`map\` and at most one file (${error.message})`);
  throw new GraphQLError(`The image is too large: ${allowedSize(maxImageBytes)}.`, {
    extensions: { code: "IMAGE_TOO_LARGE", http: { status: 413 } },
  });
}

export function allowedSize(maxImageBytes: number): string {
  return `an image may have at most ${(maxImageBytes / 1e6).toLocaleString("en")} MB`;
}

function jsonOf(fields: Form["fields"], field: string): Json {
  const text = fields.get(field);
  if (text === undefined) throw refused(`it has no text field \`${field}\``);
  const value = parseJson(text);
  if (!isObject(value)) throw refused(`expected the field \`${field}\` to be a JSON object`);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Puts a file where `operations` has a null for it, and nowhere else. */
function put(file: File, operations: Json, path: string): void {
  const names = path.split(".");
  const last = names.pop()!;
  let target: unknown = operations;
  for (const name of names) target = isObject(target) && Object.hasOwn(target, name) ? target[name] : undefined;
  if (!isObject(target) || !Object.hasOwn(target, last) || target[last] !== null) {
    throw refused(`\`map\` names "${path}", where \`operations\` has no null`);
  }
  target[last] = file;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refused(reason: string): GraphQLError {
  const message = `The multipart request cannot be read: ${reason}.`;
  return new GraphQLError(message, { extensions: { code: "BAD_REQUEST", http: { status: 400 } } });
}
