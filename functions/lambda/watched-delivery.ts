import type { Delivery } from "../../lib/queue/job-queue.ts";

/** The same delivery, and whether its message is gone since, because the job is done, postponed or with the dead letters. */
export function watchDelivery(delivery: Delivery): { delivery: Delivery; isForgotten: () => boolean } {
  let forgotten = false;
  const watch =
    <Args extends unknown[]>(step: (...args: Args) => Promise<boolean>) =>
    async (...args: Args) => {
      const did = await step(...args);
      forgotten ||= did;
      return did;
    };
  const { done, postpone, reject } = delivery;
  const watched = { ...delivery, done: watch(done), postpone: watch(postpone), reject: watch(reject) };
  return { delivery: watched, isForgotten: () => forgotten };
}
