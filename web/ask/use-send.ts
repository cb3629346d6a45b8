import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, ask } from "../api/graphql.ts";
import { explainImageMutation } from "../api/operations.ts";
import { sendImage } from "../api/send-image.ts";
import { fetchMethods, fetchMetrics, type MethodDescription, methodNamed } from "../methods.ts";
import { navigate } from "../router.ts";
import { type Errors, fieldOf, inWords, problemsOf } from "./errors.ts";
import type { MetricForm } from "./metrics.ts";
import { inputOf, needsBoxes, type Settings } from "./settings.ts";

interface Props {
  /** The metrics that there are. */
  readonly metrics: readonly MetricForm[];
  readonly settings: Settings;
  readonly onPhotograph: (photograph: File) => void;
  /** Told what is wrong, and of nothing where nothing is. */
  readonly onErrors: (errors: Errors) => void;
}

interface Sending {
  /** The share of the photograph that has been sent; undefined while nothing is. */
  readonly sent: number | undefined;
  /** Takes a photograph, and sends it, unless boxes have to be drawn on it first. */
  readonly give: (photograph: () => Promise<File>) => Promise<void>;
  readonly send: (photograph: File) => Promise<void>;
}

/** Sends one photograph at a time, as long as the view is there, and then shows its explanation. */
export function useSend({ metrics, settings, onPhotograph, onErrors }: Props): Sending {
  const [sent, setSent] = useState<number>();
  // The state comes too late for the second of two quick clicks.
  const busy = useRef(false);
  const leave = useRef(new AbortController());
  useEffect(() => () => leave.current.abort(), []);

  const run = async (act: (signal: AbortSignal) => Promise<void>) => {
    if (busy.current) return;
    const { signal } = leave.current;
    busy.current = true;
    setSent(0);
    try {
      await act(signal);
    } catch (error) {
      // Whoever has left is told nothing.
      if (signal.aborted) return;
      onErrors(await errorsOf(error as ApiError, settings));
    } finally {
      busy.current = false;
      setSent(undefined);
    }
  };
  const explain = async (image: File, signal: AbortSignal) => {
    const [method, metrics] = await Promise.all([methodOf(settings), fetchMetrics()]);
    const problems = problemsOf(metrics, settings, method);
    onErrors(problems);
    if (Object.keys(problems).length > 0) return;
    const given = await sendImage(image, setSent, signal);
    const { explainImage } = await ask(
      explainImageMutation,
      { input: { ...inputOf(metrics, settings, method), ...given } },
      signal,
    );
    if (!signal.aborted) navigate(`/explanations/${explainImage.id}`);
  };
  return {
    sent,
    give: (photograph) =>
      run(async (signal) => {
        const image = await photograph();
        if (signal.aborted) return;
        onPhotograph(image);
        if (needsBoxes(metrics, settings)) onErrors({});
        else await explain(image, signal);
      }),
    send: (photograph) => run((signal) => explain(photograph, signal)),
  };
}

/** What the API has found wrong, beside its field. */
async function errorsOf({ code, message }: ApiError, settings: Settings): Promise<Errors> {
  const method = methodNamed(await fetchMethods().catch(() => undefined), settings.method);
  return { [fieldOf(code, message, method) ?? "form"]: inWords(await fetchMetrics().catch(() => []), message, method) };
}

/** What the server says of the chosen method. Throws an ApiError. */
async function methodOf({ method: name }: Settings): Promise<MethodDescription> {
  const method = methodNamed(await fetchMethods(), name);
  if (!method) throw new ApiError("METHOD_UNKNOWN", `The server has no method ${name}. Choose another one.`);
  return method;
}
