/** Where a server that listens is found; an address of IPv6 stands in brackets there. */
export function originOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** What `vitcx serve` prints once it listens. */
export function greeting(origin: string, models: readonly string[]): string {
  return `
vitcx listens on ${origin}
models: ${models.join(", ")}

Open ${origin}, or have an image explained over GraphQL:

  curl ${origin}/graphql -H 'x-graphql-yoga-csrf: 1' \\
    -F operations='{"query":"mutation($image:Upload){explainImage(input:{image:$image}){id}}","variables":{"image":null}}' \\
    -F map='{"image":["variables.image"]}' -F image=@models/emoji-vit/examples/key-octopus.png
`;
}
