import { useState } from "preact/hooks";
import { useHoldsKey } from "../../key/held-key.ts";
import type { MethodDescription } from "../../methods.ts";
import { Copy } from "./copy.tsx";
import { reproducingCurl, reproducingQuery } from "./reproduce.ts";
import { Segments } from "../picture/segments.tsx";
import type { Explanation } from "../use-explanation.ts";

interface Props {
  readonly explanation: Explanation;
  readonly method: MethodDescription;
  readonly target: number;
}

/** The request that gives the same again. */
export function Request({ explanation, method, target }: Props) {
  const [form, setForm] = useState<"graphql" | "curl">("graphql");
  const key = useHoldsKey();
  const query = reproducingQuery(explanation, method, target);
  const text = form === "graphql" ? query : reproducingCurl(query, location.origin, explanation.image.format, key);
  return (
    <div class="query">
      <p>This request, sent with the same photograph, gives the same map.</p>
      <p>
        <Segments
          legend="Form of the request"
          name="form"
          value={form}
          onChange={setForm}
          options={[
            ["graphql", "GraphQL"],
            ["curl", "curl"],
          ]}
        />
      </p>
      <pre tabIndex={0} role="region" aria-label={form === "graphql" ? "GraphQL request" : "curl command"}>
        <code>{text}</code>
      </pre>
      <p>
        <Copy text={() => text} title="Copy the request" />
      </p>
    </div>
  );
}
