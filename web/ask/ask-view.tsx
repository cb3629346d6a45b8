import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, ask } from "../api/graphql.ts";
import { explainImageMutation, explanationQuery, modelsQuery, type ModelsQuery } from "../api/operations.ts";
import { sendImage } from "../api/send-image.ts";
import { useHoldsKey } from "../key/held-key.ts";
import { navigate } from "../router.ts";
import { useTitle } from "../use-title.ts";
import { BoxEditor } from "./box-editor.tsx";
import { DropZone } from "./drop-zone.tsx";
import { type Errors, fieldOf, problemsOf } from "./errors.ts";
import { Examples } from "./example-list.tsx";
import { type Example, fetchFile } from "./examples.ts";
import { defaults, inputOf, needsBoxes, type Settings, settingsOf } from "./settings.ts";
import { SettingsForm } from "./settings-form.tsx";
import { usePreview } from "./use-preview.ts";

/**
 * Where a photograph is given. It is sent at once, or waits for the boxes that a metric needs; `again` is an explanation whose
 * photograph and settings to begin with.
 */
export function AskView({ again }: { readonly again: string | undefined }) {
  useTitle("Explain a photograph");
  const [models, setModels] = useState<ModelsQuery["models"]>([]);
  const [settings, setSettings] = useState<Settings>(defaults);
  const [photograph, setPhotograph] = useState<File>();
  const [errors, setErrors] = useState<Errors>({});
  /** The share of the photograph that has been sent; undefined while nothing is. */
  const [sent, setSent] = useState<number>();
  const preview = usePreview(photograph);
  const form = useRef<HTMLFormElement>(null);
  const waits = needsBoxes(settings);
  const holdsKey = useHoldsKey();

  const change = (change: Partial<Settings>) => setSettings((settings) => ({ ...settings, ...change }));
  const refuse = (error: Error) => setErrors({ form: error.message });
  useEffect(() => {
    ask(modelsQuery, {}).then(({ models }) => setModels(models), refuse);
  }, [holdsKey]);
  useEffect(() => {
    if (again !== undefined) takeUp(again, setSettings, setPhotograph).catch(refuse);
  }, []);
  useEffect(() => {
    // Once what it lies in has been unfolded. The view may have gone by then: its effects are cleaned up a frame after it.
    const frame = requestAnimationFrame(() => form.current && showWrong(form.current));
    return () => cancelAnimationFrame(frame);
  }, [errors]);

  const send = async (image: File) => {
    const problems = problemsOf(settings);
    setErrors(problems);
    if (Object.keys(problems).length > 0) return;
    setSent(0);
    try {
      const given = await sendImage(image, setSent);
      const { explainImage } = await ask(explainImageMutation, { input: { ...inputOf(settings), ...given } });
      navigate(`/explanations/${explainImage.id}`);
    } catch (error) {
      const { code, message } = error as ApiError;
      setErrors({ [fieldOf(code, message) ?? "form"]: message });
      setSent(undefined);
    }
  };
  const take = (image: File) => {
    setPhotograph(image);
    // Those of another photograph say nothing of this one.
    change({ boxes: [] });
    if (waits) setErrors({});
    else void send(image);
  };
  const tryExample = async (example: Example) => {
    try {
      take(await fetchFile(example.url, `${example.name}.png`));
    } catch {
      setErrors({ form: "The example cannot be fetched. Is the server running?" });
    }
  };
  const model = settings.model || models.find(({ isDefault }) => isDefault)?.id || "";
  const busy = sent !== undefined;

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
          preview={waits ? undefined : preview}
          chosen={photograph !== undefined}
          sent={sent}
          error={errors["image"]}
          onFile={take}
        />
        <Examples model={model} disabled={busy} onChoose={(example) => void tryExample(example)} />
      </div>
      <div class="ask-settings">
        <SettingsForm models={models} settings={settings} errors={errors} onChange={change} />
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
            ? "A photograph that you drop waits until you have drawn the boxes on it."
            : "A photograph that you drop is explained at once, with these settings."}
        </p>
      </div>
    </form>
  );
}

/** Takes the user to the first field that is wrong, or to the words about it. */
function showWrong(form: HTMLElement): void {
  const wrong = form.querySelector<HTMLElement>("[aria-invalid], .error:not(:empty)");
  if (wrong?.matches(".error")) wrong.scrollIntoView({ block: "center" });
  else wrong?.focus();
}

/** Begins with what another explanation was asked with. */
async function takeUp(id: string, onSettings: (settings: Settings) => void, onPhotograph: (file: File) => void): Promise<void> {
  const { explanation } = await ask(explanationQuery, { id });
  if (!explanation) return;
  onSettings(settingsOf(explanation));
  onPhotograph(await fetchFile(explanation.image.url, `photograph.${explanation.image.format}`));
}
