import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api/graphql.ts";
import { explanationQuery } from "../api/operations.ts";
import { ownPath } from "../api/own-path.ts";
import { methodNamed, useMethods, useMetrics } from "../methods.ts";
import { useTitle } from "../use-title.ts";
import { BoxEditor } from "./box-editor.tsx";
import { DropZone } from "./drop-zone.tsx";
import type { Errors } from "./errors.ts";
import { Examples } from "./example-list.tsx";
import { examplesOf, fetchFile } from "./examples.ts";
import { useDraft } from "./use-draft.ts";
import { knownWords } from "./model-words.ts";
import { needsBoxes, type Settings, settingsOf } from "./settings.ts";
import { SettingsForm } from "./settings-form.tsx";
import { showWrong } from "./show-wrong.ts";
import { useModels } from "./use-models.ts";
import { usePreview } from "./use-preview.ts";
import { useSend } from "./use-send.ts";

interface Props {
  readonly again: string | undefined;
  readonly target: number | undefined;
}

/**
 * Where a photograph is given. It is sent at once, or waits for the boxes that a metric needs; `again` is an explanation whose
 * photograph and settings to begin with, and `target` the index of a class in place of its own.
 */
export function AskView({ again, target }: Props) {
  useTitle("Explain a photograph");
  const models = useModels();
  const methods = useMethods();
  const metrics = useMetrics();
  const { settings, photograph, cameBack, change, setPhotograph } = useDraft();
  const [errors, setErrors] = useState<Errors>({});
  const preview = usePreview(photograph);
  const form = useRef<HTMLFormElement>(null);
  const waits = needsBoxes(metrics, settings);
  // Boxes of another photograph say nothing of this one.
  const onPhotograph = (image: File) => (setPhotograph(image), change({ boxes: [] }));
  const { sent, give, send } = useSend({ metrics, settings, onPhotograph, onErrors: setErrors });
  const busy = sent !== undefined;

  useEffect(() => {
    if (again === undefined || cameBack) return;
    takeUp(again, target, change, setPhotograph).catch((error: Error) => setErrors({ form: error.message }));
  }, []);
  useEffect(() => {
    // Once what it lies in has been unfolded. The view may have gone by then: its effects are cleaned up a frame after it.
    const frame = requestAnimationFrame(() => form.current && showWrong(form.current));
    return () => cancelAnimationFrame(frame);
  }, [errors]);

  const take = (image: File) => {
    if (busy) setErrors({ image: "One photograph at a time: this one is still being sent." });
    else if (/^(?!image\/)./.test(image.type)) setErrors({ image: `That is no image file: “${image.name}”.` });
    else void give(() => Promise.resolve(image));
  };
  const model = models.result?.find(({ id }) => id === settings.model) ?? models.result?.find(({ isDefault }) => isDefault);
  const method = methodNamed(methods.result, settings.method);
  const examples = model ? examplesOf(model.id) : [];
  const named = examples.map(({ name }) => name);
  const [much, what] = model ? knownWords(model, named) : [];
  const unseen = waits && preview === null ? "This browser cannot show the file, so no boxes can be drawn on it." : undefined;
  return (
    <form
      ref={form}
      class="ask"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (photograph) void send(photograph);
        else setErrors({ image: "Choose a photograph first." });
      }}
    >
      <div class="ask-words">
        <h1>See what it saw.</h1>
        <p class="lead">
          Give a photograph to a Vision Transformer. It says what it sees, and you watch a map form of the places its answer rests
          on.
        </p>
      </div>
      <div class="ask-image">
        {waits && preview && (
          <BoxEditor picture={preview} boxes={settings.boxes} error={errors["boxes"]} onChange={(boxes) => change({ boxes })} />
        )}
        <DropZone
          preview={waits ? undefined : (preview ?? undefined)}
          chosen={photograph !== undefined && preview !== null}
          sent={sent}
          error={errors["image"] ?? unseen}
          onFile={take}
          onNoFile={() => setErrors({ image: "That is no image file." })}
        />
        <p class="knows" id="model-knows">
          {much && <strong>{much}</strong>}
          {what}
        </p>
        <Examples
          examples={examples}
          disabled={busy}
          onChoose={({ url, name }) => void give(() => fetchFile(url, `${name}.png`))}
        />
      </div>
      <div class="ask-settings">
        <SettingsForm {...{ models, model, methods, method, metrics, settings, errors }} onChange={change} />
        <div class="ask-send">
          <p class="error" role="alert">
            {errors["form"]}
          </p>
          <button type="submit" class="primary" disabled={busy}>
            Explain
          </button>
        </div>
        <p class="hint">
          {waits
            ? "A photograph that you give waits until you have drawn the boxes on it."
            : "A photograph that you give is explained at once, with these settings."}
        </p>
      </div>
    </form>
  );
}

/** Begins with what another explanation was asked with. */
async function takeUp(
  id: string,
  target: number | undefined,
  onSettings: (settings: Settings) => void,
  onPhotograph: (file: File) => void,
): Promise<void> {
  const { explanation } = await ask(explanationQuery, { id });
  if (!explanation) return;
  onSettings(settingsOf(explanation, target));
  onPhotograph(await fetchFile(ownPath(explanation.image.url), `photograph.${explanation.image.format}`));
}
