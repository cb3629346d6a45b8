import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api/graphql.ts";
import { deleteExplanationMutation } from "../api/operations.ts";
import { navigate } from "../router.ts";

/** How an explanation is deleted: by a button, and another one that says that it is meant. */
export function DeletePanel({ id }: { readonly id: string }) {
  const [state, setState] = useState<"idle" | "sure?" | "busy">("idle");
  const [error, setError] = useState<string>();
  const keep = useRef<HTMLButtonElement>(null);
  const open = useRef<HTMLButtonElement>(null);
  const wasAsked = useRef(false);

  useEffect(() => {
    // The button that was pressed is gone: the keyboard goes on at what stands in its place.
    if (state === "sure?") keep.current?.focus();
    else if (state === "idle" && wasAsked.current) open.current?.focus();
    wasAsked.current = state !== "idle";
  }, [state]);

  const remove = () => {
    setState("busy");
    setError(undefined);
    ask(deleteExplanationMutation, { id }).then(
      () => navigate("/explanations", { replace: true }),
      (reason: Error) => {
        setState("idle");
        setError(reason.message);
      },
    );
  };
  return (
    <section class="delete" aria-label="Delete">
      {state === "idle" ? (
        <button type="button" ref={open} onClick={() => setState("sure?")}>
          Delete …
        </button>
      ) : (
        <>
          <p role="status">Delete the explanation, its files and the photograph that was sent? This cannot be undone.</p>
          <button type="button" disabled={state === "busy"} onClick={remove}>
            Delete for good
          </button>{" "}
          <button type="button" ref={keep} disabled={state === "busy"} onClick={() => setState("idle")}>
            Keep it
          </button>
        </>
      )}
      <p class="error" role="alert">
        {error}
      </p>
    </section>
  );
}
