import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { GraphQLClient, gql } from "graphql-request";
import { createClient, NetworkError } from "graphql-sse";

const [endpoint = "http://127.0.0.1:4000/graphql", file = "photo.jpg"] = process.argv.slice(2);
const headers = { "x-graphql-yoga-csrf": "1", "x-api-key": process.env["VITCX_API_KEY"] ?? "" };
const client = new GraphQLClient(endpoint, { headers });

// It sends no files: the image goes by itself, to where the API says.
const image = await readFile(file);
const { createUpload } = await client.request<{
  createUpload: { id: string; url: string; method: string; headers: { name: string; value: string }[] };
}>(
  gql`
    mutation ($bytes: Int!) {
      createUpload(input: { bytes: $bytes }) {
        id
        url
        method
        headers {
          name
          value
        }
      }
    }
  `,
  { bytes: image.length },
);
const put = await fetch(createUpload.url, {
  method: createUpload.method,
  headers: createUpload.headers.map(({ name, value }) => [name, value] as [string, string]),
  body: new Uint8Array(image),
});
if (!put.ok) throw new Error(await put.text());
const { explainImage } = await client.request<{ explainImage: { id: string } }>(
  gql`
    mutation ($upload: ID!) {
      explainImage(input: { upload: $upload }) {
        id
      }
    }
  `,
  { upload: createUpload.id },
);

// It has no subscriptions either: graphql-sse has.
const sse = createClient({ url: endpoint, headers, retryAttempts: 0 });
const subscription =
  "subscription ($id: ID!, $after: Int!) { explanationProgress(id: $id, after: $after) { __typename sequence } }";
for (let seen = 0, isOver = false; !isOver;) {
  try {
    const variables = { id: explainImage.id, after: seen };
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
    if (!(error instanceof NetworkError) || error.response) throw error;
    await wait(1000);
  }
}

const { explanation } = await client.request<{
  explanation: { status: string; target: { label: string }; saliencyMap: { overlay: string } };
}>(
  gql`
    query ($id: ID!) {
      explanation(id: $id) {
        status
        target {
          label
        }
        saliencyMap {
          overlay
        }
      }
    }
  `,
  { id: explainImage.id },
);
console.log(explanation.status, explanation.target.label, explanation.saliencyMap.overlay);
