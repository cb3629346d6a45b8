import type { ClassFragment, Method } from "../api/operations.ts";
import { methodWords } from "./method-words.ts";
import { nameOf, percent } from "./progress.ts";

interface Props {
  readonly method: Method;
  readonly target: ClassFragment;
  readonly isMapped: boolean;
}

/** What the model says of the class, and what the map says of that: less, of a control. */
export function Lead({ method, target, isMapped }: Props) {
  const { meaning, isControl } = methodWords[method];
  const usual = target.probability >= 0.5 ? "The map shows what that rests on." : "The map shows what speaks for it most.";
  return (
    <>
      <p class="lead">
        The model gives <em>{nameOf(target.label)}</em> {percent(target.probability)}. {isMapped && !isControl && usual}
      </p>
      {meaning !== undefined && <p class={isControl ? "note" : "hint"}>{meaning}</p>}
    </>
  );
}
