import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isListed } from "./newer-than-models.ts";

/** Debian's package python3-botocore, version 1.29 of 2022: AWS's own descriptions of its APIs. */
const MODELS = process.env["BOTOCORE_DATA"] ?? "/usr/lib/python3/dist-packages/botocore/data";

export const hasModels = existsSync(MODELS);

interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
}

interface Model {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const loaded = new Map<string, Model>();

/** The newest description of a service. Throws where there is none. */
export function modelOf(service: string): Model {
  const known = loaded.get(service);
  if (known) return known;
  const folder = join(MODELS, service);
  const version =
    readdirSync(folder)
      .filter((name) => /^\d{4}-/.test(name))
      .toSorted()
      .at(-1) ?? "";
  const model = JSON.parse(readFileSync(join(folder, version, "service-2.json"), "utf8")) as Model;
  loaded.set(service, model);
  return model;
}

/**
 * Where a request breaks the rules that AWS publishes of the operation's input: unknown or missing members, types, lengths and ranges,
 * patterns, enums. A member or an enum value that is newer than the description passes where `newer-than-models.ts` lists it.
 */
export function violations(service: string, operation: string, request: unknown): string[] {
  const { operations, shapes } = modelOf(service);
  const input = operations[operation]?.input;
  if (input === undefined) return [`${service} has no operation ${operation}`];
  const found: string[] = [];
  visit(input.shape, request, operation);
  return found;

  function visit(name: string, value: unknown, path: string): void {
    const shape = shapes[name]!;
    const complain = (what: string) => void found.push(`${service} ${path}: ${what}`);
    const range = (size: number, of: string) => {
      if (size < (shape.min ?? -Infinity) || size > (shape.max ?? Infinity)) {
        complain(`expected ${of} from ${shape.min ?? "any"} to ${shape.max ?? "any"}, got ${size}`);
      }
    };
    switch (shape.type) {
      case "structure": {
        if (typeof value !== "object" || value === null || Array.isArray(value))
          return complain(`expected a structure, got ${show(value)}`);
        const given = Object.entries(value).filter(([, each]) => each !== undefined && each !== null);
        for (const required of shape.required ?? [])
          if (!given.some(([key]) => key === required)) complain(`${required} is missing`);
        for (const [key, each] of given) {
          const member = shape.members?.[key];
          if (member) visit(member.shape, each, `${path}.${key}`);
          else if (!isListed({ service, shape: name, member: key })) complain(`there is no member ${key}`);
        }
        return;
      }
      case "list":
        if (!Array.isArray(value)) return complain(`expected a list, got ${show(value)}`);
        range(value.length, "items");
        return value.forEach((each, i) => visit(shape.member!.shape, each, `${path}[${i}]`));
      case "map":
        if (typeof value !== "object" || value === null) return complain(`expected a map, got ${show(value)}`);
        range(Object.keys(value).length, "entries");
        for (const [key, each] of Object.entries(value)) {
          visit(shape.key!.shape, key, `${path} key`);
          visit(shape.value!.shape, each, `${path}.${key}`);
        }
        return;
      case "string":
        if (typeof value !== "string") return complain(`expected a string, got ${show(value)}`);
        range(value.length, "characters");
        if (shape.pattern !== undefined && !matches(shape.pattern, value))
          complain(`${show(value)} does not match ${shape.pattern}`);
        if (shape.enum && !shape.enum.includes(value) && !isListed({ service, shape: name, value })) {
          complain(`expected one of ${shape.enum.slice(0, 8).join(", ")} …, got ${value}`);
        }
        return;
      case "integer":
      case "long":
        if (!Number.isInteger(value)) return complain(`expected an integer, got ${show(value)}`);
        return range(value as number, "a number");
      case "double":
      case "float":
        if (typeof value !== "number") return complain(`expected a number, got ${show(value)}`);
        return range(value, "a number");
      case "boolean":
        if (typeof value !== "boolean") complain(`expected a boolean, got ${show(value)}`);
        return;
      case "blob":
        if (typeof value !== "string" && !(value instanceof Uint8Array)) complain(`expected bytes, got ${show(value)}`);
        return;
      case "timestamp":
        return;
      default:
        complain(`a ${shape.type} is not known here`);
    }
  }
}

/** AWS's patterns are Java's; some are anchored, and all concern the whole value. */
function matches(pattern: string, value: string): boolean {
  const source = pattern.replaceAll("\\p{ASCII}", "[\\x00-\\x7F]").replaceAll("\\p{Print}", "[\\x20-\\x7E]");
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(`^(?:${source})$`, flags).test(value);
    } catch {
      // Java takes escapes that JavaScript's Unicode mode does not.
    }
  }
  throw new Error(`Expected a pattern that JavaScript understands, got ${pattern}`);
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 120) ?? String(value);
}
