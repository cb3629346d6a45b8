/**
 * Calls `onEvent` with each event of an explanation, once and in order, also across a connection that is cut.
 * Returns a function that ends it.
 */
export function follow(id, onEvent) {
  const query = "subscription ($id: ID!) { explanationProgress(id: $id) { __typename sequence } }";
  const source = new EventSource(`/graphql?${new URLSearchParams({ query, variables: JSON.stringify({ id }) })}`);
  source.addEventListener("next", ({ data }) => onEvent(JSON.parse(data).data.explanationProgress));
  source.addEventListener("complete", () => source.close());
  return () => source.close();
}
