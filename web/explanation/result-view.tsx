import { useMemo, useState } from "preact/hooks";
import { maskMap } from "../drawing/pixels.ts";
import { useDark } from "../drawing/use-dark.ts";
import { methodNamed, type MethodDescription, type Methods } from "../methods.ts";
import { classOf, navigate, useAddress } from "../router.ts";
import type { Answer } from "../use-answer.ts";
import { useTitle } from "../use-title.ts";
import { Announcement } from "./announcement.tsx";
import { Classes } from "./classes/classes.tsx";
import { CancelPanel } from "./cancel-panel.tsx";
import { DeletePanel } from "./delete-panel.tsx";
import { ExportPanel } from "./export/export-panel.tsx";
import { Summary } from "./summary.tsx";
import { viewSettingsOf, panelsOf, usual } from "./picture/view-settings.ts";
import { maskTitle } from "./masks/mask-words.ts";
import { Masks } from "./masks/masks.tsx";
import { Measured } from "./measured.tsx";
import { isOver, nameOf } from "./progress.ts";
import { ResultStage } from "./picture/result-stage.tsx";
import { Retry } from "./retry.tsx";
import { useClassMap, useMasks } from "./classes/use-class-map.ts";
import { usePicked } from "./masks/use-picked.ts";
import type { Explanation, Followed } from "./use-explanation.ts";
import { WatchStage } from "./picture/watch-stage.tsx";

interface Props {
  readonly explanation: Explanation;
  readonly followed: Followed;
  readonly methods: Answer<Methods>;
}

/** An explanation of which something is known. */
export function ResultView({ explanation, followed: { progress, connected, reload }, methods }: Props) {
  const { id, image, model, files } = explanation;
  const method = methodNamed(methods.result, explanation.method);
  const ready = progress.mapped;
  const requested = classOf(useAddress().searchParams);
  const chosen = shownClass(requested, progress.target?.index, method);
  const { shown, error, retry } = useClassMap(id, chosen, ready);
  const masks = useMasks(files.find(({ name }) => name === "masks.npy")?.url);
  const picked = usePicked(chosen);
  const [preferred, setPreferred] = useState(usual);
  const view = useMemo(() => viewSettingsOf(preferred, shown?.isSigned === true), [preferred, shown?.isSigned]);
  const dark = useDark();
  const choose = (index: number) =>
    navigate(index === progress.target?.index ? `/explanations/${id}` : `?class=${index}`, { replace: true });

  const target = shown?.target ?? progress.target;
  useTitle(target ? `Why ${nameOf(target.label)}?` : "An explanation");
  const isExplained = target?.index === progress.target?.index;
  const mask = masks.masks && shown?.masks.find(({ index }) => index === picked.mask);
  const large = useMemo(() => {
    if (!shown || !mask) return shown?.map;
    return maskMap(masks.masks!, mask.index, shown.map.shape[0]!, shown.map.shape[1]!);
  }, [shown, masks.masks, mask]);
  const panels = useMemo(() => large && panelsOf(large, mask !== undefined, view, dark), [large, mask !== undefined, view, dark]);
  const found = isExplained ? (explanation.metrics.find(({ box }) => box)?.box ?? undefined) : undefined;
  const named = (index: number | undefined) =>
    index === undefined ? "the class" : nameOf(model?.labels[index] ?? `class ${index}`);
  const wanted = named(chosen);
  const isBusy = ready && shown !== undefined && shown.target.index !== chosen && error === undefined;
  return (
    <article class="explanation">
      <div class="bench">
        <div class="left">
          {shown && large && panels ? (
            <ResultStage
              image={image}
              panels={panels}
              map={large}
              classMap={shown.map}
              title={mask ? maskTitle(mask) : `The map of ${nameOf(shown.target.label)}`}
              busy={isBusy ? `Fetching the map of ${wanted} …` : undefined}
              boxes={explanation.boxes}
              found={found}
              view={view}
              onLook={(change) => {
                // The tools are about the map: whoever takes one wants to see the map.
                if (change.boxes === undefined) picked.clear();
                setPreferred((view) => ({ ...view, ...change }));
              }}
              onBack={picked.pinned === undefined ? undefined : picked.clear}
            />
          ) : (
            <WatchStage image={image} method={method} progress={progress} connected={connected} />
          )}
        </div>
        <div class="right">
          <p class="eyebrow">
            {method && `${method.title} · `}
            {model?.title ?? "a model that is no longer here"}
          </p>
          <h1>{target ? `Why ${nameOf(target.label)}?` : isOver(progress) ? "No answer" : "Looking …"}</h1>
          {target && <Summary method={method} target={target} isMapped={shown !== undefined} />}
          <CancelPanel explanation={explanation} progress={progress} onCancel={reload} />
          <Retry what={`The map of ${wanted}`} error={error} onRetry={retry} />
          <Retry what="What the method is" error={methods.error} onRetry={methods.retry} />
          <Classes
            id={id}
            everyClass={method?.everyClass !== false}
            predictions={progress.predictions}
            isMultiLabel={progress.isMultiLabel}
            chosen={target}
            requested={requested}
            labels={ready && method ? model?.labels : undefined}
            onChoose={choose}
          />
          <Retry what="The masks" error={masks.error} onRetry={masks.retry} />
          {shown && masks.masks && shown.masks.length > 0 && (
            <Masks image={image} classMap={shown} masks={masks.masks} maps={progress.maps} picked={picked} />
          )}
        </div>
      </div>
      <Announcement method={method} progress={progress} connected={connected} shown={shown?.target} />
      <Measured explanation={explanation} progress={progress} />
      {shown && panels && (
        <ExportPanel
          explanation={explanation}
          method={method}
          classMap={shown}
          mask={mask?.index}
          figure={{ image, panels, boxes: view.boxes ? explanation.boxes : [], found, dark }}
        />
      )}
      {isOver(progress) && <DeletePanel id={id} />}
    </article>
  );
}

/**
 * The class whose map is shown: the one that the address names where one run has the maps of all, else the explained one; undefined
 * until that is known.
 */
function shownClass(
  requested: number | undefined,
  explained: number | undefined,
  method: MethodDescription | undefined,
): number | undefined {
  if (requested === undefined || requested === explained || method?.everyClass === false) return explained;
  return method && requested;
}
