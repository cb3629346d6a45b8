import type { CardFragment } from "../api/operations.ts";
import { nameOf, percent } from "../explanation/progress.ts";

const states: Record<CardFragment["status"], string> = {
  QUEUED: "waiting",
  RUNNING: "being computed",
  SUCCEEDED: "",
  FAILED: "could not be done",
  CANCELED: "cancelled",
};

/** An explanation of the past: what it looks like, what it is of, and what has become of it. */
export function Card({
  item: { id, status, createdAt, image, target, thumbnail, files },
  method,
}: {
  readonly item: CardFragment;
  /** What its method is called, where that is to be said. */
  readonly method: string | undefined;
}) {
  // Old explanations have no thumbnail.
  const overlay = thumbnail ?? files.find(({ name }) => name === "overlay.png")?.url;
  const state = states[status];
  return (
    <a class="card" href={`/explanations/${id}`}>
      <img src={overlay ?? image.url} alt="" loading="lazy" class={overlay ? "" : "bare"} />
      <span class="name">{target ? nameOf(target.label) : capital(state)}</span>
      {target && state === "" && <span class="share">{percent(target.probability)}</span>}
      {target && state !== "" && <span class="asked">{state}</span>}
      <span class="asked">
        {method !== undefined && `${method} · `}
        <time dateTime={createdAt}>
          {new Date(createdAt).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}
        </time>
      </span>
    </a>
  );
}

function capital(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
