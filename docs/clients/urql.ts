import { openAsBlob } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { Client, type CombinedError, fetchExchange, gql } from "@urql/core";

const [endpoint = "http://127.0.0.1:4000/graphql", file = "photo.jpg"] = process.argv.slice(2);
const headers = { "graphql-preflight": "1", "x-api-key": process.env["VITCX_API_KEY"] ?? "" };

// It sends files, and reads server-sent events, by itself.
const client = new Client({
  url: endpoint,
  exchanges: [fetchExchange],
  fetchSubscriptions: true,
  preferGetMethod: false,
  fetchOptions: { headers },
});

const mutation = gql<{ explainImage: { id: string } }>`
  mutation ($image: Upload!) {
    explainImage(input: { image: $image }) {
      id
    }
  }
`;
const asked = await client.mutation(mutation, { image: await openAsBlob(file) }).toPromise();
if (!asked.data) throw asked.error!;
const { id } = asked.data.explainImage;

const subscription = gql<{ explanationProgress: { __typename: string; sequence: number } }>`
  subscription ($id: ID!, $after: Int!) {
    explanationProgress(id: $id, after: $after) {
      __typename
      sequence
    }
  }
`;
let last = { sequence: 0, __typename: "" };

/** Follows the explanation from the last event on, to its end or until the connection is cut. */
function follow(): Promise<CombinedError | undefined> {
  return new Promise((resolve) => {
    client.subscription(subscription, { id, after: last.sequence }).subscribe(({ data, error, hasNext }) => {
      const event = data?.explanationProgress;
      // The client gives the last event once more when a stream ends.
      if (event && event.sequence > last.sequence) {
        last = event;
        console.log(event.sequence, event.__typename);
      }
      if (error || !hasNext) resolve(error);
    });
  });
}

while (!/^(Succeeded|Failed|Canceled)Event$/.test(last.__typename)) {
  const error = await follow();
  if (error?.graphQLErrors.length) throw error;
  await wait(1000);
}

const query = gql<{ explanation: { status: string; target: { label: string }; saliencyMap: { overlay: string } } }>`
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
`;
const read = await client.query(query, { id }).toPromise();
if (!read.data) throw read.error!;
const { status, target, saliencyMap } = read.data.explanation;
console.log(status, target.label, saliencyMap.overlay);
