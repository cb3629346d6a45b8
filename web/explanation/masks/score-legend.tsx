import type { ComponentChildren } from "preact";

/** Equation (2) of the paper in words: the terms of a mask's score, for the class of this name. */
export function ScoreLegend({ name }: { readonly name: string }) {
  return (
    <details class="fold">
      <summary>How a mask is scored</summary>
      <dl class="score-legend">
        <Term name="kept">How probable {name} is where the mask alone is kept, and the rest is noise.</Term>
        <Term name="whole">How probable it is for the whole photograph.</Term>
        <Term name="noise">How probable it is for the whole photograph with the same noise over the rest.</Term>
        <Term name="score">
          kept + whole − noise: what the mask keeps of the answer, without what the noise itself does to it.
        </Term>
        <Term name="maps">How many embedding maps were so alike that they became this one mask.</Term>
      </dl>
    </details>
  );
}

function Term({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
