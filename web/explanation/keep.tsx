import { has, methods, options as allOptions, shownValue } from "../ask/options.ts";
import type { Figure } from "../drawing/save-figure.ts";
import { Copy } from "./copy.tsx";
import { Request } from "./request.tsx";
import { SavePng } from "./save-png.tsx";
import type { ClassMap } from "./use-class-map.ts";
import type { Explanation } from "./use-explanation.ts";

interface Props {
  readonly explanation: Explanation;
  readonly classMap: ClassMap;
  /** The mask that is shown in place of the map. */
  readonly mask: number | undefined;
  /** What is shown. */
  readonly figure: Figure;
}

/** What can be taken away: files, the link, and the request that gives the same again. */
export function Keep({ explanation, classMap, mask, figure }: Props) {
  const { id, files, method, seed, options, model, timings, createdAt } = explanation;
  const shownOptions = allOptions.filter(({ name }) => name !== "seed" && has(method, name));
  const json = files.find(({ name }) => name === "explanation.json");
  const file = `${id}-${classMap.target.label.split(",")[0]}`;
  return (
    <section class="keep" aria-labelledby="keep-title">
      <h2 id="keep-title">Keep it</h2>
      <div class="keep-columns">
        <div>
          <ul class="downloads">
            <li>
              <SavePng figure={figure} name={`${file}${mask === undefined ? "" : `-mask-${mask}`}.png`} />
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
              <Copy text={() => location.origin + location.pathname + location.search} title="Link">
                to this page
              </Copy>
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
        <Request explanation={explanation} target={classMap.target.index} />
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
