import type { Delivery } from "../../lib/queue/job-queue.ts";

/** The same delivery, and whether its queue has forgotten the job since, because it is done or with the dead letters. */
export function watchDelivery(delivery: Delivery): { delivery: Delivery; isForgotten: () => boolean } {
  let forgotten = false;
  const watch = (step: () => Promise<boolean>) => async () => {
    const did = await step();
    forgotten ||= did;
    return did;
  };
  const watched = { ...delivery, done: watch(delivery.done), reject: watch(delivery.reject) };
  return { delivery: watched, isForgotten: () => forgotten };
}
