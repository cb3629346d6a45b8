import type { ModelsQuery } from "../api/operations.ts";
import { described, Field } from "./field.tsx";
import { methods, options } from "./options.ts";
import type { Field as FieldName, Settings } from "./settings.ts";

interface Props {
  readonly models: ModelsQuery["models"];
  readonly settings: Settings;
  readonly errors: { readonly [name in FieldName]?: string };
  readonly onChange: (change: Partial<Settings>) => void;
}

/** Everything that can be chosen beside the photograph. */
export function SettingsForm(props: Props) {
  const { models, settings, errors, onChange } = props;
  const model = models.find(({ id }) => id === settings.model) ?? models.find(({ isDefault }) => isDefault);
  const classes = model?.labels.length ?? "its";
  return (
    <>
      <Field id="model" label="Model" error={errors.model}>
        <select {...described("model", errors.model)} onChange={(event) => onChange({ model: event.currentTarget.value })}>
          {models.map(({ id, title }) => (
            <option key={id} value={id} selected={id === model?.id}>
              {title}
            </option>
          ))}
        </select>
      </Field>
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
    </>
  );
}

function Advanced({ settings, errors, onChange, delta }: Props & { readonly delta: number | undefined }) {
  const shown = options.filter((option) => option.methods.includes(settings.method));
  const wrong = shown.some(({ name }) => errors[name]);
  return (
    <details class="advanced" open={wrong || undefined}>
      <summary>Advanced</summary>
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
      {shown.map(({ name, label, hint, fallback }) => (
        <Field key={name} id={name} label={label} error={errors[name]} hint={hint}>
          <input
            {...described(name, errors[name])}
            value={settings[name]}
            onInput={(event) => onChange({ [name]: event.currentTarget.value })}
            inputmode="decimal"
            placeholder={fallback ?? (delta === undefined ? "" : `${delta}, the model's`)}
            autocomplete="off"
          />
        </Field>
      ))}
      <label class="check">
        <input
          type="checkbox"
          checked={settings.measure}
          onChange={(event) => onChange({ measure: event.currentTarget.checked })}
        />
        <span>
          Measure deletion and insertion
          <span class="hint">How the answer changes as pixels go or come, the most salient first. It takes longer.</span>
        </span>
      </label>
    </details>
  );
}
