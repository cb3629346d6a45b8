import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api/graphql.ts";
import { historyQuery, type HistoryQuery } from "../api/operations.ts";
import { methods } from "../ask/options.ts";
import { nameOf, percent } from "../explanation/progress.ts";
import { useTitle } from "../use-title.ts";

type Item = HistoryQuery["explanations"]["edges"][number]["node"];

/** How many are fetched at once. */
const PAGE = 24;

/** All explanations, newest first; more are fetched as their end comes into view. */
export function HistoryView() {
  useTitle("Past explanations");
  const [items, setItems] = useState<readonly Item[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [more, setMore] = useState(true);
  const [error, setError] = useState<string>();
  const busy = useRef(false);
  const end = useRef<HTMLDivElement>(null);

  const fetchMore = useCallback(async () => {
    if (busy.current) return;
    busy.current = true;
    setError(undefined);
    try {
      const { explanations } = await ask(historyQuery, { first: PAGE, after: cursor });
      setItems((items) => [...items, ...explanations.edges.map(({ node }) => node)]);
      setCursor(explanations.pageInfo.endCursor);
      setMore(explanations.pageInfo.hasNextPage);
    } catch (error) {
      setError((error as Error).message);
    } finally {
      busy.current = false;
    }
  }, [cursor]);

  useEffect(() => {
    if (!more || error !== undefined) return;
    const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && void fetchMore(), { rootMargin: "600px" });
    observer.observe(end.current!);
    return () => observer.disconnect();
  }, [fetchMore, more, error]);

  return (
    <section class="history">
      <h1>Past explanations</h1>
      {items.length === 0 && !more && (
        <p class="lead">
          There are none yet. <a href="/">Explain a photograph.</a>
        </p>
      )}
      <ul aria-label="Explanations, newest first">
        {items.map((item) => (
          <li key={item.id}>
            <Card item={item} />
          </li>
        ))}
      </ul>
      <p class="error" role="alert">
        {error}
      </p>
      <div ref={end}>
        {more && (
          <button type="button" onClick={() => void fetchMore()}>
            {error === undefined ? "Show more" : "Try again"}
          </button>
        )}
      </div>
    </section>
  );
}

const states: Record<Item["status"], string> = {
  QUEUED: "waiting",
  RUNNING: "being computed",
  SUCCEEDED: "",
  FAILED: "could not be done",
  CANCELED: "cancelled",
};

function Card({ item: { id, status, createdAt, method, image, target, thumbnail, files } }: { readonly item: Item }) {
  // Old explanations have no thumbnail.
  const overlay = thumbnail ?? files.find(({ name }) => name === "overlay.png")?.url;
  return (
    <a class="card" href={`/explanations/${id}`}>
      <img src={overlay ?? image.url} alt="" loading="lazy" class={overlay ? "" : "bare"} />
      <span class="name">{target ? nameOf(target.label) : "no answer yet"}</span>
      <span class="share">{states[status] || (target && percent(target.probability))}</span>
      <span class="asked">
        {method !== "VIT_CX" && `${methods[method].title} · `}
        <time dateTime={createdAt}>
          {new Date(createdAt).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}
        </time>
      </span>
    </a>
  );
}
