import { useEffect, useState } from "preact/hooks";
import { type ApiError, ask } from "../api/graphql.ts";
import { explainImageMutation, explanationQuery, modelsQuery, type ModelsQuery } from "../api/operations.ts";
import { navigate } from "../router.ts";
import { useTitle } from "../use-title.ts";
import { DropZone } from "./drop-zone.tsx";
import { type Example, examplesOf, fetchFile, titleOf } from "./examples.ts";
import { has, type OptionName } from "./options.ts";
import { defaults, type Field, fieldOf, inputOf, type Settings } from "./settings.ts";
import { SettingsForm } from "./settings-form.tsx";

type Errors = { readonly [name in Field | "form"]?: string };

/** Where a photograph is given. It is sent at once; `again` is an explanation whose photograph and settings to begin with. */
export function AskView({ again }: { readonly again: string | undefined }) {
  useTitle("Explain a photograph");
  const [models, setModels] = useState<ModelsQuery["models"]>([]);
  const [settings, setSettings] = useState<Settings>(defaults);
  const [photograph, setPhotograph] = useState<File>();
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState(false);
  const preview = usePreview(photograph);

  useEffect(() => {
    ask(modelsQuery, {}).then(
      ({ models }) => setModels(models),
      (error: Error) => setErrors({ form: error.message }),
    );
    if (again !== undefined)
      void takeUp(again, setSettings, setPhotograph).catch((error: Error) => setErrors({ form: error.message }));
  }, []);

  const send = async (image: File) => {
    setPhotograph(image);
    setErrors({});
    setBusy(true);
    try {
      const { explainImage } = await ask(explainImageMutation, { input: inputOf(image, settings) });
      navigate(`/explanations/${explainImage.id}`);
    } catch (error) {
      const { code, message } = error as ApiError;
      setErrors({ [fieldOf(code, message) ?? "form"]: message });
      setBusy(false);
    }
  };
  const tryExample = async (example: Example) => {
    try {
      await send(await fetchFile(example.url, `${example.name}.png`));
    } catch {
      setErrors({ form: "The example cannot be fetched. Is the server running?" });
    }
  };
  const model = settings.model || models.find(({ isDefault }) => isDefault)?.id || "";

  return (
    <form
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
        <DropZone preview={preview} busy={busy} error={errors.image} onFile={(file) => void send(file)} />
        <Examples model={model} disabled={busy} onChoose={(example) => void tryExample(example)} />
      </div>
      <div class="ask-settings">
        <SettingsForm
          models={models}
          settings={settings}
          errors={errors}
          onChange={(change) => setSettings((settings) => ({ ...settings, ...change }))}
        />
        <p class="error" role="alert">
          {errors.form}
        </p>
        <button type="submit" class="primary" disabled={busy}>
          Explain
        </button>
        <p class="hint">A photograph that you drop is explained at once, with these settings.</p>
      </div>
    </form>
  );
}

interface ExamplesProps {
  readonly model: string;
  readonly disabled: boolean;
  readonly onChoose: (example: Example) => void;
}

function Examples({ model, disabled, onChoose }: ExamplesProps) {
  const examples = examplesOf(model);
  if (examples.length === 0) return null;
  return (
    <section class="examples" aria-labelledby="examples-title">
      <h2 id="examples-title">Or try one of these</h2>
      <ul>
        {examples.map((example) => (
          <li key={example.name}>
            <button type="button" disabled={disabled} title={titleOf(example)} onClick={() => onChoose(example)}>
              <img src={example.url} alt={`Example: ${titleOf(example)}`} width="112" height="112" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** An address for a file that the browser holds. */
function usePreview(file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!file) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}

/** Begins with what another explanation was asked with. */
async function takeUp(id: string, onSettings: (settings: Settings) => void, onPhotograph: (file: File) => void): Promise<void> {
  const { explanation } = await ask(explanationQuery, { id });
  if (!explanation) return;
  const { model, method, options, seed, image, metrics } = explanation;
  const used = Object.entries({ ...options, seed }).filter(([name, value]) => value !== null && has(method, name as OptionName));
  onSettings({
    ...defaults,
    ...(Object.fromEntries(used.map(([name, value]) => [name, String(value)])) as Partial<Settings>),
    method,
    model: model?.id ?? "",
    measure: metrics.length > 0,
  });
  onPhotograph(await fetchFile(image.url, `photograph.${image.format}`));
}
