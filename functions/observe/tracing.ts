import { context, propagation, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import type { EventKind } from "../../lib/explanation/log/events.ts";
import type { Explanation } from "../../lib/explanation/log/fold.ts";
import type { Outcome } from "../../lib/explanation/run/run.ts";
import type { RequestFacts } from "./metrics.ts";

export interface Tracing {
  /** A span of a request, in its sender's trace where the header `traceparent` names one. */
  readonly request: (request: RequestFacts) => void;
  /** A span of a job that has just ended, with one of each of its stages in it. */
  readonly job: (outcome: Outcome, explanation: Explanation | null, seconds: number) => void;
  /** Sends what is left, as far as that is possible in a few seconds. */
  readonly stop: () => Promise<void>;
}

/** How long what is left may take to be sent when the process ends: milliseconds. */
const FAREWELL_MS = 3000;

/** Events that end a stage, and what the stage is called. */
const stages: Partial<Record<EventKind, string>> = {
  CLASSIFIED: "classify",
  CLUSTERED: "cluster",
  SCORED: "score",
  MAPPED: "map",
  MEASURED: "measure",
};

/**
 * Sends spans to the collector that OpenTelemetry's own variables name (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS,
 * OTEL_SERVICE_NAME), as protobuf over HTTP. A collector that does not answer costs spans, and nothing else.
 *
 * @param part what it is called where OTEL_SERVICE_NAME does not say: `server` or `worker`
 */
export function openTracing(part: string): Tracing {
  const name = process.env["OTEL_SERVICE_NAME"] ?? `vitcx-${part}`;
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": name }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  const tracer = trace.getTracer("vitcx");
  return {
    request({ operation, status, codes, seconds, id, owner, method, traceparent }) {
      const endTime = Date.now();
      const parent = traceparent === null ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
      const attributes = {
        "vitcx.request": id,
        "http.request.method": method,
        "http.response.status_code": status,
        ...(owner !== undefined && { "vitcx.owner": owner }),
        ...(codes.length > 0 && { "vitcx.codes": [...codes] }),
      };
      const options = { kind: SpanKind.SERVER, startTime: endTime - seconds * 1000, attributes };
      const span = tracer.startSpan(operation, options, parent);
      if (status >= 500 || codes.includes("INTERNAL")) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endTime);
    },
    job(outcome, explanation, seconds) {
      const endTime = Date.now();
      const begun = endTime - seconds * 1000;
      const attributes = {
        "vitcx.outcome": outcome,
        ...(explanation && {
          "vitcx.explanation": explanation.id,
          "vitcx.owner": explanation.request.owner,
          "vitcx.method": explanation.request.method,
          "vitcx.model": explanation.request.model.id,
          "vitcx.status": explanation.status,
        }),
      };
      const span = tracer.startSpan("job", { kind: SpanKind.CONSUMER, startTime: begun, attributes }, ROOT_CONTEXT);
      if (explanation) stageSpans(span, explanation, begun);
      if (outcome === "failed" || outcome === "hung") span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endTime);
    },
    async stop() {
      const late = new Promise((resolve) => setTimeout(resolve, FAREWELL_MS).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
    },
  };

  /** Each from the event before it to its own; those of an attempt before this one are left out. */
  function stageSpans(span: Span, { events }: Explanation, begun: number): void {
    const parent = trace.setSpan(context.active(), span);
    let from: number | undefined;
    for (const { kind, time } of events) {
      const at = Date.parse(time);
      if (kind === "STARTED") from = at;
      const stage = kind === "UNKNOWN" ? undefined : stages[kind];
      if (stage === undefined || from === undefined || at < begun) continue;
      tracer.startSpan(stage, { startTime: Math.max(from, begun) }, parent).end(at);
      from = at;
    }
  }
}
