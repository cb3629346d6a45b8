import { Check } from "./check.tsx";
import type { Errors } from "./errors.ts";
import { Fold } from "./fold.tsx";
import { type MetricForm, metricsOf } from "./metrics.ts";
import { choiceOf } from "./options.ts";
import type { MethodDescription } from "../methods.ts";
import { OptionField } from "./option-field.tsx";
import type { Settings } from "./settings.ts";

interface Props {
  /** Those that there are. */
  readonly metrics: readonly MetricForm[];
  /** The method that is chosen, once it is known. */
  readonly method: MethodDescription | undefined;
  readonly settings: Settings;
  readonly errors: Errors;
  readonly onChange: (change: Partial<Settings>) => void;
}

/** Which metrics are computed of the map, and how. */
export function MetricsForm({ metrics, method, settings, errors, onChange }: Props) {
  const asked = settings.metrics;
  const choose = (name: string, options: Readonly<Record<string, string>> | undefined) => {
    const { [name]: _, ...others } = asked;
    onChange({ metrics: options ? { ...others, [name]: options } : others });
  };
  const show = (metric: MetricForm) => (
    <MetricField key={metric.name} metric={metric} given={asked[metric.name]} errors={errors} onChange={choose} />
  );
  const offered = metricsOf(metrics, method);
  const wrong = Object.keys(errors).some((field) => field.startsWith("metrics."));
  return (
    <Fold title="Measure the map" changed={Object.keys(asked).length > 0} wrong={wrong} errors={errors}>
      <p class="hint">How far the map can be trusted, in numbers. They come after it, and take longer than it does.</p>
      {offered.filter(({ needs }) => needs !== "BOXES").map(show)}
      <fieldset class="metric-group">
        <legend>With boxes that you draw around the object</legend>
        {offered.filter(({ needs }) => needs === "BOXES").map(show)}
      </fieldset>
    </Fold>
  );
}

interface MetricFieldProps {
  readonly metric: MetricForm;
  /** Its options; undefined while it is not asked for. */
  readonly given: Readonly<Record<string, string>> | undefined;
  readonly errors: Errors;
  readonly onChange: (name: string, options: Readonly<Record<string, string>> | undefined) => void;
}

function MetricField({ metric: { name, title, description, options }, given, errors, onChange }: MetricFieldProps) {
  const wrong = options.some((option) => errors[`metrics.${name}.${option.name}`]);
  return (
    <div class="metric">
      <Check
        id={`metrics.${name}`}
        label={title}
        hint={description}
        checked={given !== undefined}
        onChange={(checked) => onChange(name, checked ? {} : undefined)}
      />
      {given && options.length > 0 && (
        <Fold title="Options" of={title} changed={Object.values(given).some((text) => text !== "")} wrong={wrong} errors={errors}>
          {options.map((option) => (
            <OptionField
              key={option.name}
              id={`metrics.${name}.${option.name}`}
              choice={choiceOf(option)}
              value={given[option.name] ?? ""}
              error={errors[`metrics.${name}.${option.name}`]}
              onChange={(value) => onChange(name, { ...given, [option.name]: value })}
            />
          ))}
        </Fold>
      )}
    </div>
  );
}
