import type { MethodDescription, Methods } from "../methods.ts";
import type { Answer } from "../use-answer.ts";
import type { Errors } from "./errors.ts";
import { described, Field } from "./field.tsx";
import { Fold } from "./fold.tsx";
import type { MetricForm } from "./metrics.ts";
import { MetricsForm } from "./metrics-form.tsx";
import { namesOf } from "./model-words.ts";
import { OptionField } from "./option-field.tsx";
import { choiceOf } from "./options.ts";
import type { Settings } from "./settings.ts";
import type { Model } from "./use-models.ts";

interface Props {
  readonly models: Answer<readonly Model[]>;
  /** The one that is chosen, once it is known. */
  readonly model: Model | undefined;
  readonly methods: Answer<Methods>;
  /** The one that is chosen, once it is known. */
  readonly method: MethodDescription | undefined;
  readonly metrics: readonly MetricForm[];
  readonly settings: Settings;
  readonly errors: Errors;
  readonly onChange: (change: Partial<Settings>) => void;
}

const everyClass = "Any other can be asked afterwards, from the same run.";
const oneClass = "The method explains one class a run; any other needs a request of its own.";

/** Everything that can be chosen beside the photograph. */
export function SettingsForm(props: Props) {
  const { models, model, method, metrics, settings, errors, onChange } = props;
  const classes = model?.labels.length ?? "its";
  const wrong = errors["model"] ?? models.error;
  return (
    <>
      <Field id="model" label="Model" error={wrong} hint={model && namesOf(model)[1]}>
        <select {...described("model", wrong)} onChange={(event) => onChange({ model: event.currentTarget.value })}>
          {models.result?.map((each) => (
            <option key={each.id} value={each.id} selected={each === model}>
              {namesOf(each)[0]}
            </option>
          ))}
        </select>
      </Field>
      {models.error && (
        <p>
          <button type="button" onClick={() => (models.retry(), props.methods.retry())}>
            Ask for the models again
          </button>
        </p>
      )}
      <Field
        id="target"
        label="Class to explain"
        error={errors.target}
        hint={`One of ${classes} classes. ${method?.everyClass === false ? oneClass : everyClass}`}
      >
        <input
          {...described("target", errors.target)}
          value={settings.target}
          onInput={(event) => onChange({ target: event.currentTarget.value })}
          list="labels"
          placeholder="the most probable one"
          autocomplete="off"
          spellcheck={false}
        />
        <datalist id="labels">
          {model?.labels.map((label) => (
            <option key={label} value={label.replaceAll("_", " ")} />
          ))}
        </datalist>
      </Field>
      <Advanced {...props} />
      <MetricsForm metrics={metrics} method={method} settings={settings} errors={errors} onChange={onChange} />
    </>
  );
}

function Advanced({ models, methods, method, model, settings, errors, onChange }: Props) {
  const texts = (method && settings.options[method.name]) ?? {};
  const isDefault = method === methods.result?.[0] && Object.values(texts).every((text) => text === "");
  const wrong = Object.keys(errors).some((field) => field === "method" || field.startsWith("options."));
  // What keeps both from being fetched is said once, where the models are.
  const unknown = models.error === undefined ? methods.error : undefined;
  const error = errors["method"] ?? unknown;
  const choose = (name: string, text: string) =>
    method && onChange({ options: { ...settings.options, [method.name]: { ...texts, [name]: text } } });
  return (
    <Fold title="Advanced" changed={!isDefault || unknown !== undefined} wrong={wrong} errors={errors}>
      <Field id="method" label="Method" error={error} hint={method && `${method.description} ${method.citation}`}>
        <select
          {...described("method", error)}
          onChange={(event) => onChange({ method: event.currentTarget.value as Settings["method"] })}
        >
          <MethodOptions methods={methods.result?.filter(({ kind }) => kind !== "CONTROL")} chosen={method} />
          <optgroup label="Controls: no explanations">
            <MethodOptions methods={methods.result?.filter(({ kind }) => kind === "CONTROL")} chosen={method} />
          </optgroup>
        </select>
      </Field>
      {unknown !== undefined && (
        <p>
          <button type="button" onClick={methods.retry}>
            Ask for the methods again
          </button>
        </p>
      )}
      {method?.options.map((option) => (
        <OptionField
          key={`${method.name} ${option.name}`}
          id={`options.${option.name}`}
          choice={choiceOf(option, model)}
          value={texts[option.name] ?? ""}
          error={errors[`options.${option.name}`]}
          onChange={(text) => choose(option.name, text)}
        />
      ))}
    </Fold>
  );
}

interface MethodOptionsProps {
  readonly methods: Methods | undefined;
  readonly chosen: MethodDescription | undefined;
}

function MethodOptions({ methods = [], chosen }: MethodOptionsProps) {
  return methods.map((method) => (
    <option key={method.name} value={method.name} selected={method === chosen}>
      {method.title}
    </option>
  ));
}
