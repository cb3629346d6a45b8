import { z } from "zod";
import { withCurrentNames } from "../request/method-config.ts";
import type { ExplanationRequest } from "../request/request.ts";

const size = z.int().positive();

/** Anything with a width and a height, its names in the order in which they were written. */
const input = z
  .record(z.string(), z.unknown())
  .refine((value) => size.safeParse(value["width"]).success && size.safeParse(value["height"]).success, {
    error: "expected a width and a height in pixels",
  });

/**
 * A request as a log has it: all that is read of one, whichever method and metrics it is about. Their options are checked where they
 * are used, by the method and the metric.
 */
export const requestSchema = z
  .looseObject({
    owner: z.string(),
    model: z.looseObject({ id: z.string(), digest: z.string(), input }),
    image: z.looseObject({ format: z.string(), width: size, height: size, bytes: z.int(), sha256: z.string() }),
    target: z.int().nullable(),
    method: z.string(),
    options: z.record(z.string(), z.unknown()),
    metrics: z.exactOptional(z.record(z.string(), z.unknown())),
  })
  .transform(({ options, ...request }) => {
    // Earlier versions had other names for some.
    return { ...request, options: withCurrentNames(request.method, options) } as unknown as ExplanationRequest;
  });
