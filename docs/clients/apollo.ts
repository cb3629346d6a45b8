import { openAsBlob } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { ApolloClient, ApolloLink, gql, InMemoryCache } from "@apollo/client/core";
import UploadHttpLink from "apollo-upload-client/UploadHttpLink.mjs";
import { type FormattedExecutionResult, OperationTypeNode, print } from "graphql";
import { createClient, NetworkError } from "graphql-sse";
import { from } from "rxjs";

const [endpoint = "http://127.0.0.1:4000/graphql", file = "photo.jpg"] = process.argv.slice(2);
const headers = { "apollo-require-preflight": "true", "x-api-key": process.env["VITCX_API_KEY"] ?? "" };

interface Progress {
  readonly explanationProgress: { readonly __typename: string; readonly sequence: number };
}
const sse = createClient({ url: endpoint, headers, retryAttempts: 0 });

/** A subscription over server-sent events; where it is cut off, it goes on after the last event. */
async function* follow(query: string, variables: Record<string, unknown>) {
  for (let after = variables["after"]; ; await wait(1000)) {
    try {
      for await (const result of sse.iterate<Progress>({ query, variables: { ...variables, after } })) {
        after = result.data?.explanationProgress.sequence ?? after;
        yield result as FormattedExecutionResult;
      }
      return;
    } catch (error) {
      // One with a response is a refusal; one without is a connection that was cut.
      if (!(error instanceof NetworkError) || error.response) throw error;
    }
  }
}

const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new ApolloLink(({ query, variables }) => from(follow(print(query), variables))),
    new UploadHttpLink({ uri: endpoint, headers }),
  ),
});

const { data: asked } = await client.mutate<{ explainImage: { id: string } }>({
  mutation: gql`
    mutation ($image: Upload!) {
      explainImage(input: { image: $image }) {
        id
      }
    }
  `,
  variables: { image: await openAsBlob(file) },
});
const { id } = asked!.explainImage;

await client
  .subscribe<Progress>({
    query: gql`
      subscription ($id: ID!, $after: Int!) {
        explanationProgress(id: $id, after: $after) {
          sequence
        }
      }
    `,
    variables: { id, after: 0 },
  })
  .forEach(({ data, error }) => {
    if (!data) throw error;
    console.log(data.explanationProgress.sequence, data.explanationProgress.__typename);
  });

const { data: read } = await client.query<{
  explanation: { status: string; target: { label: string }; saliencyMap: { overlay: string } };
}>({
  query: gql`
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
  variables: { id },
});
const { status, target, saliencyMap } = read!.explanation;
console.log(status, target.label, saliencyMap.overlay);
