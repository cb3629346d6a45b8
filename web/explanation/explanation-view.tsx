import type { ComponentChildren } from "preact";
import { useMethods } from "../methods.ts";
import { useTitle } from "../use-title.ts";
import { ResultView } from "./result-view.tsx";
import { useExplanation } from "./use-explanation.ts";

/** One explanation, while it forms and when it is there. */
export function ExplanationView({ id }: { readonly id: string }) {
  const followed = useExplanation(id);
  const methods = useMethods();
  const { explanation, error, connected, reload } = followed;
  if (error !== undefined)
    return (
      <Message title="It cannot be shown" text={error}>
        <button type="button" onClick={reload}>
          Try again
        </button>
      </Message>
    );
  if (explanation === null)
    return (
      <Message title="No such explanation" text="There is none with this address, or it is not yours.">
        Look at <a href="/explanations">past ones</a>, or <a href="/">explain a photograph</a>.
      </Message>
    );
  if (!explanation)
    return <Message title={connected ? "One moment" : "The server cannot be reached"} text={connected ? "" : "Trying again."} />;
  return <ResultView explanation={explanation} followed={followed} methods={methods} />;
}

interface Props {
  readonly title: string;
  readonly text: string;
  /** The ways onwards. */
  readonly children?: ComponentChildren;
}

function Message({ title, text, children }: Props) {
  useTitle(title);
  return (
    <section class="plain">
      <h1>{title}</h1>
      <p role="status">{text}</p>
      {children && <p>{children}</p>}
    </section>
  );
}
