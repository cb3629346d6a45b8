import { useEffect, useMemo, useState } from "preact/hooks";
import { ask } from "../api/graphql.ts";
import { cancelExplanationMutation } from "../api/operations.ts";
import { maskMap } from "../drawing/pixels.ts";
import { navigate, useAddress } from "../router.ts";
import { useTitle } from "../use-title.ts";
import { Classes } from "./classes.tsx";
import { Keep } from "./keep.tsx";
import { Masks } from "./masks.tsx";
import { Measured } from "./measured.tsx";
import { isOver, nameOf, percent, type Progress, sentenceOf } from "./progress.ts";
import { ResultStage, usual } from "./result-stage.tsx";
import { useClassMap, useMasks } from "./use-class-map.ts";
import { type Explanation, type Followed, useExplanation } from "./use-explanation.ts";
import { WatchStage } from "./watch-stage.tsx";

/** One explanation, while it forms and when it is there. */
export function ExplanationView({ id }: { readonly id: string }) {
  const followed = useExplanation(id);
  const { explanation, progress, error, connected } = followed;
  const title = progress.target ? `Why ${nameOf(progress.target.label)}?` : "An explanation";
  useTitle(title);
  if (error !== undefined) return <Message title="It cannot be shown" text={error} />;
  if (explanation === null)
    return <Message title="No such explanation" text="There is none with this address, or it is not yours." />;
  if (!explanation)
    return <Message title={connected ? "One moment" : "The server cannot be reached"} text={connected ? "" : "Trying again."} />;
  return <Shown explanation={explanation} followed={followed} />;
}

function Shown({
  explanation,
  followed: { progress, connected, reload },
}: {
  readonly explanation: Explanation;
  readonly followed: Followed;
}) {
  const { id, image, model, files } = explanation;
  const ready = progress.mapped;
  const chosen = useChosenClass() ?? progress.target?.index;
  const { shown, error } = useClassMap(id, chosen, ready);
  const masks = useMasks(files.find(({ name }) => name === "masks.npy")?.url);
  const [looking, setLooking] = useState(usual);
  const [pointed, setPointed] = useState<number>();
  const [pinned, setPinned] = useState<number>();
  const choose = (index: number) =>
    navigate(index === progress.target?.index ? `/explanations/${id}` : `?class=${index}`, { replace: true });

  const target = shown?.target ?? progress.target;
  const mask = pointed ?? pinned;
  const isExplained = target?.index === progress.target?.index;
  const large = useMemo(() => {
    if (!shown || !masks || mask === undefined) return shown?.map;
    return maskMap(masks, mask, shown.map.shape[0], shown.map.shape[1]);
  }, [shown, masks, mask]);
  return (
    <article class="explanation">
      <div class="bench">
        <div class="left">
          {shown && large ? (
            <ResultStage
              image={image}
              map={large}
              isMask={mask !== undefined}
              title={mask === undefined ? `The map of ${nameOf(shown.target.label)}` : `Mask ${mask}`}
              boxes={explanation.boxes}
              found={isExplained ? (explanation.metrics.find(({ box }) => box)?.box ?? undefined) : undefined}
              looking={looking}
              onLook={(change) => setLooking((looking) => ({ ...looking, ...change }))}
            />
          ) : (
            <WatchStage image={image} progress={progress} connected={connected} />
          )}
        </div>
        <div class="right">
          <p class="eyebrow">{model?.title ?? "A model that is no longer here"}</p>
          <h1>{target ? `Why ${nameOf(target.label)}?` : isOver(progress) ? "No answer" : "Looking …"}</h1>
          {target && (
            <p class="lead">
              The model gives <em>{nameOf(target.label)}</em> {percent(target.probability)}.{" "}
              {shown &&
                (target.probability >= 0.5 ? "The map shows what that rests on." : "The map shows what speaks for it most.")}
            </p>
          )}
          <Ended explanation={explanation} progress={progress} />
          {!isOver(progress) && <Cancel id={id} onCancel={reload} />}
          <p class="error" role="alert">
            {error}
          </p>
          <Classes
            predictions={progress.predictions}
            chosen={target}
            labels={ready ? model?.labels : undefined}
            onChoose={choose}
          />
          {shown && masks && shown.masks.length > 0 && (
            <Masks
              image={image}
              classMap={shown}
              masks={masks}
              maps={progress.maps}
              pinned={pinned}
              onPin={setPinned}
              onPoint={setPointed}
            />
          )}
        </div>
      </div>
      <Announcement progress={progress} connected={connected} />
      <Measured explanation={explanation} progress={progress} />
      {shown && <Keep explanation={explanation} classMap={shown} looking={looking} />}
    </article>
  );
}

/** The class that the address asks for. */
function useChosenClass(): number | undefined {
  const asked = useAddress().searchParams.get("class");
  return asked !== null && /^\d+$/.test(asked) ? Number(asked) : undefined;
}

function Message({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <section class="plain">
      <h1>{title}</h1>
      <p role="status">{text}</p>
    </section>
  );
}

function Ended({
  explanation: { id, error },
  progress: { stage, mapped },
}: {
  readonly explanation: Explanation;
  readonly progress: Progress;
}) {
  if (stage !== "failed" && stage !== "canceled") return null;
  return (
    <p class="note">
      {stage === "canceled"
        ? mapped
          ? "It was cancelled; the map was there already."
          : "It was cancelled before the map was there."
        : (error?.message ?? "It could not be done.")}{" "}
      <a href={`/?again=${id}`}>Ask again</a>
    </p>
  );
}

function Cancel({ id, onCancel }: { readonly id: string; readonly onCancel: () => void }) {
  const [error, setError] = useState<string>();
  const cancel = () => ask(cancelExplanationMutation, { id }).then(onCancel, (reason: Error) => setError(reason.message));
  return (
    <p>
      <button type="button" onClick={() => void cancel()}>
        Cancel
      </button>{" "}
      <span class="error" role="alert">
        {error}
      </span>
    </p>
  );
}

/** Tells a screen reader how it goes: every stage, and of the scores every quarter. */
function Announcement({ progress, connected }: { readonly progress: Progress; readonly connected: boolean }) {
  const { stage, done, masks } = progress;
  const quarter = masks ? Math.floor((4 * done) / masks) : 0;
  const [words, setWords] = useState("");
  useEffect(() => {
    setWords(connected ? sentenceOf(progress) : "The connection is lost; trying to take up again");
  }, [stage, quarter, connected]);
  return (
    <p class="visually-hidden" role="status">
      {words}
    </p>
  );
}
