import { openAsBlob } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { createClient, NetworkError } from "graphql-sse";

const [endpoint = "http://127.0.0.1:4000/graphql", file = "photo.jpg"] = process.argv.slice(2);
const headers = { "x-graphql-yoga-csrf": "1", "x-api-key": process.env["VITCX_API_KEY"] ?? "" };

async function post<Data>(init: RequestInit): Promise<Data> {
  const response = await fetch(endpoint, { method: "POST", ...init });
  const { data, errors } = (await response.json()) as { data: Data; errors?: { message: string }[] };
  if (errors) throw new Error(errors[0]!.message);
  return data;
}

const form = new FormData();
const mutation = "mutation ($image: Upload!) { explainImage(input: { image: $image }) { id } }";
form.set("operations", JSON.stringify({ query: mutation, variables: { image: null } }));
form.set("map", '{"0": ["variables.image"]}');
form.set("0", await openAsBlob(file));
const { id } = (await post<{ explainImage: { id: string } }>({ headers, body: form })).explainImage;

// The client's own retries would begin at the first event again.
const sse = createClient({ url: endpoint, headers, retryAttempts: 0 });
const subscription =
  "subscription ($id: ID!, $after: Int!) { explanationProgress(id: $id, after: $after) { __typename sequence } }";
for (let seen = 0, isOver = false; !isOver;) {
  try {
    const variables = { id, after: seen };
    for await (const { data, errors } of sse.iterate<{ explanationProgress: { __typename: string; sequence: number } }>({
      query: subscription,
      variables,
    })) {
      if (!data) throw new Error(errors![0]!.message);
      const { __typename, sequence } = data.explanationProgress;
      seen = sequence;
      console.log(sequence, __typename);
    }
    isOver = true;
  } catch (error) {
    // One with a response is a refusal; one without is a connection that was cut.
    if (!(error instanceof NetworkError) || error.response) throw error;
    await wait(1000);
  }
}

const query = "query ($id: ID!) { explanation(id: $id) { status target { label } saliencyMap { overlay } } }";
const { explanation } = await post<{
  explanation: { status: string; target: { label: string }; saliencyMap: { overlay: string } };
}>({ headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify({ query, variables: { id } }) });
console.log(explanation.status, explanation.target.label, explanation.saliencyMap.overlay);
