import { z } from "zod";

/** What an owner may use; a limit that is left out is none. */
export const limitsSchema = z
  .object({
    /** Passes of the model of all explanations that wait or run. */
    queuedPasses: z.exactOptional(z.int().min(1)),
    /** Requests to the API a minute. */
    requestsPerMinute: z.exactOptional(z.int().min(1)),
    /** Subscriptions that are open at a time. */
    openStreams: z.exactOptional(z.int().min(1)),
    /** Bytes of the images and the results that are kept. */
    storedBytes: z.exactOptional(z.int().min(1)),
  })
  .readonly();

export type OwnerLimits = z.output<typeof limitsSchema>;

/** Who asks, and what they may use. */
export interface Owner {
  readonly name: string;
  readonly limits: OwnerLimits;
}
