import type { ClassFragment } from "../api/operations.ts";
import type { MethodDescription } from "../methods.ts";
import { nameOf, percent } from "./progress.ts";

interface Props {
  /** Undefined until it is known. */
  readonly method: MethodDescription | undefined;
  readonly target: ClassFragment;
  readonly isMapped: boolean;
}

/** What the model says of the class, and what the map says of that: less, of a control. */
export function Summary({ method, target, isMapped }: Props) {
  const isControl = method?.kind === "CONTROL";
  const usual = target.probability >= 0.5 ? "The map shows what that rests on." : "The map shows what speaks for it most.";
  return (
    <>
      <p class="lead">
        The model gives <em>{nameOf(target.label)}</em> {percent(target.probability)}. {isMapped && method && !isControl && usual}
      </p>
      {method && <p class={isControl ? "note" : "hint"}>{method.reading}</p>}
    </>
  );
}
