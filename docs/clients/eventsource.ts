import { openAsBlob } from "node:fs";
import { EventSource } from "eventsource";

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

const url = new URL(endpoint);
url.searchParams.set("query", "subscription ($id: ID!) { explanationProgress(id: $id) { __typename sequence } }");
url.searchParams.set("variables", JSON.stringify({ id }));
// It connects again by itself, and says which event it has seen last.
const source = new EventSource(url, {
  fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
});
await new Promise<void>((resolve, reject) => {
  source.addEventListener("next", ({ data }) => {
    const { explanationProgress } = (
      JSON.parse(data as string) as { data: { explanationProgress: { __typename: string; sequence: number } } }
    ).data;
    console.log(explanationProgress.sequence, explanationProgress.__typename);
  });
  source.addEventListener("complete", () => resolve());
  source.addEventListener("error", ({ code, message }) => {
    // One that connects again after the last event is answered 204: nothing more comes.
    if (code === 204) resolve();
    else if (source.readyState === source.CLOSED) reject(new Error(message));
  });
});
source.close();

const query = "query ($id: ID!) { explanation(id: $id) { status target { label } saliencyMap { overlay } } }";
const { explanation } = await post<{
  explanation: { status: string; target: { label: string }; saliencyMap: { overlay: string } };
}>({ headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify({ query, variables: { id } }) });
console.log(explanation.status, explanation.target.label, explanation.saliencyMap.overlay);
