import type { Errors } from "./errors.ts";
import { described, Field } from "./field.tsx";
import { Fold } from "./fold.tsx";
import { MetricsForm } from "./metrics-form.tsx";
import { namesOf } from "./model-words.ts";
import { OptionField } from "./option-field.tsx";
import { methods, options } from "./options.ts";
import type { Settings } from "./settings.ts";
import type { Model, Models } from "./use-models.ts";

interface Props {
  readonly known: Models;
  /** The one that is chosen, once it is known. */
  readonly model: Model | undefined;
  readonly settings: Settings;
  readonly errors: Errors;
  readonly onChange: (change: Partial<Settings>) => void;
}

/** Everything that can be chosen beside the photograph. */
export function SettingsForm(props: Props) {
  const { known, model, settings, errors, onChange } = props;
  const classes = model?.labels.length ?? "its";
  const wrong = errors.model ?? known.error;
  return (
    <>
      <Field id="model" label="Model" error={wrong} hint={model && namesOf(model)[1]}>
        <select {...described("model", wrong)} onChange={(event) => onChange({ model: event.currentTarget.value })}>
          {known.models.map((each) => (
            <option key={each.id} value={each.id} selected={each === model}>
              {namesOf(each)[0]}
            </option>
          ))}
        </select>
      </Field>
      {known.error && (
        <p>
          <button type="button" onClick={known.again}>
            Ask for the models again
          </button>
        </p>
      )}
      <Field
        id="target"
        label="Class to explain"
        error={errors.target}
        hint={`One of ${classes} classes. Any other can be asked afterwards, from the same run.`}
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
      <Advanced {...props} delta={model?.delta} />
      <MetricsForm metrics={known.metrics} settings={settings} errors={errors} onChange={onChange} />
    </>
  );
}

function Advanced({ settings, errors, onChange, delta }: Props & { readonly delta: number | undefined }) {
  const shown = options.filter((option) => option.methods.includes(settings.method));
  const wrong = shown.some(({ name }) => errors[name]);
  const changed = settings.method !== "VIT_CX" || shown.some(({ name }) => settings[name] !== "");
  return (
    <Fold title="Advanced" changed={changed} wrong={wrong} errors={errors}>
      <Field id="method" label="Method" hint={methods[settings.method].source}>
        <select
          {...described("method", undefined)}
          onChange={(event) => onChange({ method: event.currentTarget.value as Settings["method"] })}
        >
          {Object.entries(methods).map(([value, { title }]) => (
            <option key={value} value={value} selected={value === settings.method}>
              {title}
            </option>
          ))}
        </select>
      </Field>
      {shown.map((option) => (
        <OptionField
          key={option.name}
          id={option.name}
          choice={option}
          value={settings[option.name]}
          error={errors[option.name]}
          fallback={delta === undefined ? "" : `${delta}, the model's`}
          onChange={(value) => onChange({ [option.name]: value })}
        />
      ))}
    </Fold>
  );
}
