import type { ModelsQuery } from "../api/operations.ts";
import type { Errors } from "./errors.ts";
import { described, Field } from "./field.tsx";
import { Fold } from "./fold.tsx";
import { MetricsForm } from "./metrics-form.tsx";
import { OptionField } from "./option-field.tsx";
import { methods, options } from "./options.ts";
import type { Settings } from "./settings.ts";

interface Props {
  readonly models: ModelsQuery["models"];
  readonly settings: Settings;
  readonly errors: Errors;
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
      <MetricsForm settings={settings} errors={errors} onChange={onChange} />
    </>
  );
}

function Advanced({ settings, errors, onChange, delta }: Props & { readonly delta: number | undefined }) {
  const shown = options.filter((option) => option.methods.includes(settings.method));
  const wrong = shown.some(({ name }) => errors[name]);
  const changed = settings.method !== "VIT_CX" || shown.some(({ name }) => settings[name] !== "");
  return (
    <Fold title="Advanced" opens={wrong || changed}>
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
