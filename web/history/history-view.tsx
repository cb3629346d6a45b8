import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api/graphql.ts";
import { deleteExplanationMutation } from "../api/operations.ts";
import type { Method } from "../api/operations.ts";
import { methodNamed, type Methods, useMethods } from "../methods.ts";
import type { Answer } from "../use-answer.ts";
import { useTitle } from "../use-title.ts";
import { Card } from "./card.tsx";
import type { Past } from "./past.ts";
import { StorageNote } from "./storage-note.tsx";
import { usePast } from "./use-past.ts";

/** All explanations, newest first; more are fetched as their end comes into view. */
export function HistoryView() {
  useTitle("Past explanations");
  const { items, damaged, more, error, fetchMore, forget } = usePast();
  const methods = useMethods();
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
      <StorageNote />
      {items.length === 0 && !more && (
        <p class="lead">
          There are none yet. <a href="/">Explain a photograph.</a>
        </p>
      )}
      <ul aria-label="Explanations, newest first">
        {items.map((item) => (
          <li key={item.id}>
            <Card item={item} method={titleOf(item.method, methods)} />
          </li>
        ))}
      </ul>
      {damaged.map((each) => (
        <Damaged key={each.id} item={each} onDelete={() => forget(each.id)} />
      ))}
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

interface DamagedProps {
  readonly item: Past["damaged"][number];
  readonly onDelete: () => void;
}

/** One whose record cannot be read: what can be done about it. */
function Damaged({ item: { id, createdAt, message }, onDelete }: DamagedProps) {
  const [error, setError] = useState<string>();
  const remove = () => {
    ask(deleteExplanationMutation, { id }).then(onDelete, (reason: Error) => setError(reason.message));
  };
  return (
    <p class="note">
      The explanation of {new Date(createdAt).toLocaleString()} is lost: {message} Ask the same again to have it made again, or{" "}
      <button type="button" onClick={remove}>
        Delete it
      </button>{" "}
      <span class="error" role="alert">
        {error}
      </span>
    </p>
  );
}

/** The title of a method, its name where titles cannot be fetched; undefined for the one that is usual, and until it is known. */
function titleOf(name: Method, { result, error }: Answer<Methods>): string | undefined {
  if (!result) return error === undefined ? undefined : name;
  const method = methodNamed(result, name);
  return method === result[0] ? undefined : (method?.title ?? name);
}
