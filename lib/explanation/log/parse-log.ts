import { z } from "zod";
import { CodedError } from "../../errors.ts";
import { type KnownEvent, LOG_VERSION, type LogEvent, payloadSchema } from "./events.ts";

const header = z.looseObject({ kind: z.string(), time: z.iso.datetime() });

/**
 * The events of a log, one a line. A kind that only a newer version knows, or a metric in an event, makes it an UNKNOWN event.
 *
 * @throws CodedError LOG_DAMAGED for a line that is no event, and for a log that does not begin with QUEUED; LOG_TOO_NEW for one in a
 *   newer format
 */
export function parseLog(id: string, lines: readonly string[]): readonly LogEvent[] {
  const events = lines.map((line, i) => parseEvent(line, (problem) => damaged(id, `line ${i + 1} ${problem}`)));
  const [first] = events;
  if (first?.kind !== "QUEUED") throw damaged(id, "it does not begin with a QUEUED event");
  const { version = 1 } = first;
  if (version > LOG_VERSION) {
    const newer = `it is in format ${version} of a newer version, and this one reads formats up to ${LOG_VERSION}`;
    throw new CodedError("LOG_TOO_NEW", `The log of the explanation ${id} cannot be read: ${newer}.`);
  }
  return events;
}

function parseEvent(line: string, problem: (text: string) => CodedError): LogEvent {
  const known = header.safeParse(parseJson(line, problem));
  if (!known.success) throw problem("is not an event with a kind and a time");
  const { kind, time, ...rest } = known.data;
  // What is `request` now was `question` until version 0.1.
  const { question, ...payload } = rest;
  const result = payloadSchema(kind)?.safeParse(question === undefined ? payload : { ...payload, request: question });
  if (!result || result.error?.issues.every(isNewer)) return { kind: "UNKNOWN", time };
  if (result.success) return { kind, ...(result.data as object), time } as KnownEvent;
  const [issue] = result.error.issues;
  throw problem(`is a ${kind} event whose ${issue!.path.join(".") || "content"} is wrong: ${issue!.message}`);
}

function parseJson(line: string, problem: (text: string) => CodedError): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw problem("is not JSON");
  }
}

function isNewer(issue: z.core.$ZodIssue): boolean {
  return issue.code === "custom" && issue.params?.["isNewer"] === true;
}

function damaged(id: string, problem: string): CodedError {
  return new CodedError("LOG_DAMAGED", `The log of the explanation ${id} cannot be read: ${problem}.`);
}
