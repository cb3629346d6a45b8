import { choiceOf, shownValue, textOf } from "../../ask/options.ts";
import type { Figure } from "../../drawing/save-figure.ts";
import type { MethodDescription } from "../../methods.ts";
import { Copy } from "./copy.tsx";
import { Request } from "./request.tsx";
import { SavePng } from "./save-png.tsx";
import type { ClassMap } from "../classes/use-class-map.ts";
import type { Explanation } from "../use-explanation.ts";

interface Props {
  readonly explanation: Explanation;
  /** Undefined until it is known. */
  readonly method: MethodDescription | undefined;
  readonly classMap: ClassMap;
  /** The mask that is shown in place of the map. */
  readonly mask: number | undefined;
  /** What is shown. */
  readonly figure: Figure;
}

/** What can be taken away: files, the link, and the request that gives the same again. */
export function ExportPanel({ explanation, method, classMap, mask, figure }: Props) {
  const { id, files, optionValues, model, timings, createdAt } = explanation;
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
            <Fact name="Method" value={method?.title ?? explanation.method} />
            {method && optionValues.map((used) => <OptionFact key={used.name} {...used} method={method} />)}
            <Fact name="Took" value={timings.total === null ? "–" : `${(timings.total / 1000).toFixed(1)} s`} />
            <Fact name="Asked" value={new Date(createdAt).toLocaleString()} />
          </dl>
          <p>
            <a href={`/?again=${id}`}>Ask again with other settings</a>
          </p>
        </div>
        {method && <Request explanation={explanation} method={method} target={classMap.target.index} />}
      </div>
    </section>
  );
}

interface OptionFactProps {
  readonly name: string;
  readonly value: unknown;
  readonly method: MethodDescription;
}

function OptionFact({ name, value, method: { options } }: OptionFactProps) {
  const option = options.find((each) => each.name === name);
  return option ? (
    <Fact name={option.title} value={shownValue(choiceOf(option), value)} />
  ) : (
    <Fact name={name} value={textOf(value)} />
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
