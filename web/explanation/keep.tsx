import { useState } from "preact/hooks";
import { has, methods, options as allOptions, shownValue } from "../ask/options.ts";
import { saveFigure } from "../drawing/save-figure.ts";
import { useDark } from "../drawing/use-dark.ts";
import { reproducingQuery } from "./reproduce.ts";
import { lookOf, type Looking } from "./result-stage.tsx";
import type { ClassMap } from "./use-class-map.ts";
import type { Explanation } from "./use-explanation.ts";

interface Props {
  readonly explanation: Explanation;
  readonly classMap: ClassMap;
  readonly looking: Looking;
}

/** What can be taken away: files, the link, and the request that gives the same again. */
export function Keep({ explanation, classMap, looking }: Props) {
  const { id, image, files, method, seed, options, model, timings, createdAt } = explanation;
  const shownOptions = allOptions.filter(({ name }) => name !== "seed" && has(method, name));
  const dark = useDark();
  const query = reproducingQuery(explanation, classMap.target.index);
  const json = files.find(({ name }) => name === "explanation.json");
  const file = `${id}-${classMap.target.label.split(",")[0]}`;
  const savePng = () =>
    saveFigure(
      { ...image, map: classMap.map, look: lookOf(looking, dark), opacity: looking.mode === "overlay" ? looking.opacity : 1 },
      `${file}.png`,
    );
  return (
    <section class="keep" aria-labelledby="keep-title">
      <h2 id="keep-title">Keep it</h2>
      <div class="keep-columns">
        <div>
          <ul class="downloads">
            <li>
              <button type="button" onClick={() => void savePng()}>
                PNG
              </button>{" "}
              as it is shown above
            </li>
            <li>
              <a class="button" href={classMap.raw} download={`${file}.npy`}>
                .npy
              </a>{" "}
              the map's numbers, for numpy
            </li>
            {json && (
              <li>
                <a class="button" href={json.url} download={`${id}.json`}>
                  JSON
                </a>{" "}
                everything but the maps
              </li>
            )}
            <li>
              <Copy text={() => location.href} title="Link" /> to this page
            </li>
          </ul>
          <dl class="facts">
            <Fact name="Model" value={model?.title ?? "no longer here"} />
            <Fact name="Method" value={methods[method].title} />
            {has(method, "seed") && <Fact name="Seed" value={String(seed)} />}
            {shownOptions.map((option) => (
              <Fact
                key={option.name}
                name={option.label}
                value={shownValue(option, options[option.name as keyof typeof options])}
              />
            ))}
            <Fact name="Took" value={timings.total === null ? "–" : `${(timings.total / 1000).toFixed(1)} s`} />
            <Fact name="Asked" value={new Date(createdAt).toLocaleString()} />
          </dl>
          <p>
            <a href={`/?again=${id}`}>Ask again with other settings</a>
          </p>
        </div>
        <div class="query">
          <p>This request, sent with the same photograph, gives the same map.</p>
          <pre tabIndex={0} role="region" aria-label="GraphQL request">
            <code>{query}</code>
          </pre>
          <p>
            <Copy text={() => query} title="Copy the request" />
          </p>
        </div>
      </div>
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Copy({ text, title }: { readonly text: () => string; readonly title: string }) {
  const [state, setState] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setState("copied");
    } catch {
      setState("the browser does not allow it");
    }
    setTimeout(() => setState(""), 2000);
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        {title}
      </button>{" "}
      <span class="copied" role="status">
        {state}
      </span>
    </>
  );
}
