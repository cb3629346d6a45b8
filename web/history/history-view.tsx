import { useEffect, useRef } from "preact/hooks";
import { useTitle } from "../use-title.ts";
import { Card } from "./card.tsx";
import { usePast } from "./use-past.ts";

/** All explanations, newest first; more are fetched as their end comes into view. */
export function HistoryView() {
  useTitle("Past explanations");
  const { items, more, error, fetchMore } = usePast();
  const end = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!more || error !== undefined) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && void fetchMore(), { rootMargin: "600px" });
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
