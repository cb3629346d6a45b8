import type { Tracing } from "./tracing.ts";

/** OpenTelemetry, where its variables name a collector; its packages are loaded then alone. */
export async function tracingWhereAsked(part: string): Promise<Tracing | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces, OTEL_SDK_DISABLED: off } = process.env;
  if (!(all || traces) || off === "true") return undefined;
  const { openTracing } = await import("./tracing.ts");
  return openTracing(part);
}
