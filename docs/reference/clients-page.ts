import { readFileSync } from "node:fs";

/** docs/clients.md: what the API expects of its clients, and the programs of docs/clients, which `npm run test:clients` runs. */
export function clientsPage(): string {
  return `<!-- Written by \`npm run docs\` from docs/reference/clients-page.ts and docs/clients. -->

# Clients

Each program here uploads an image, prints the events of its explanation, goes on where it was when its connection is cut, and reads the
result. \`npm run test:clients\` runs these very files against a server behind a proxy that cuts two of their streams in the middle of an
event. The TypeScript ones are started with \`npx tsx docs/clients/urql.ts http://127.0.0.1:4000/graphql photo.jpg\`, or are yours to paste.

| client | uploads | subscribes |
|---|---|---|
${clients.map(({ title, uploads, subscribes }) => `| ${title} | ${uploads} | ${subscribes} |`).join("\n")}

## What the API expects

- **Files** travel by the [multipart request specification](https://github.com/jaydenseric/graphql-multipart-request-spec); their scalar is
  \`Upload\`. A file that is too large for a request, or a client that sends none, goes by \`createUpload\`: PUT the file to the URL that
  it answers, and give its id as \`upload\`. A part needs no filename.
- **A header that no form of another site sends** is wanted for multipart and GET requests, with any value: \`x-graphql-yoga-csrf\`,
  \`graphql-preflight\`, \`apollo-require-preflight\` or \`x-apollo-operation-name\`. A request of \`application/json\` needs none.
- **Keys**, where the server has any (\`VITCX_API_KEYS\`), stand in \`x-api-key\`. The URLs of files that the API answers are signed, and need none.
- **Subscriptions** are server-sent events by GraphQL over SSE's distinct connections mode: POST, or GET, with \`accept: text/event-stream\`.
  graphql-sse's single connection mode is refused with a sentence (405). Over HTTP/1.1 a browser has six connections to a server; HTTP/2,
  which a proxy before vitcx brings, has no such limit.
- **Resuming**: every event has a \`sequence\`, from 1, which is also its SSE \`id\`. Ask again with \`after: <the last sequence>\`, or with the header
  \`Last-Event-ID\`, which counts before \`after\`: nothing is lost, and nothing comes twice. After the last event of all the answer is
  \`complete\`, and 204 to who sends \`Last-Event-ID\`. A stream without news has a comment (\`:\`) every 12 seconds.
- **Accept**: \`application/graphql-response+json\` or \`application/json\`; what the API cannot give is answered 406, in JSON.
- **Bodies** may travel packed (\`content-encoding: gzip\`, \`deflate\`, \`br\`). One that is too large is answered 413; before the
  answer of a proxy, which may be a page of HTML, look at the status.

${clients.map(section).join("\n\n")}

## A page of the same origin

A browser's \`EventSource\` can send no headers. From a page of the API's own origin it needs none: the browser vouches for that
(\`Sec-Fetch-Site: same-origin\`). A page of another origin, or a server with keys, needs graphql-sse.

${code("event-source.js")}
`;
}

interface Client {
  readonly title: string;
  readonly file: string;
  readonly uploads: string;
  readonly subscribes: string;
  readonly text: string;
}

const clients: readonly Client[] = [
  {
    title: "graphql-sse",
    file: "graphql-sse.ts",
    uploads: "by `fetch`",
    subscribes: "yes",
    text: "It has no uploads, and its retries ask the first question again; so the program counts, and asks for what is new.",
  },
  {
    title: "Apollo Client",
    file: "apollo.ts",
    uploads: "by apollo-upload-client",
    subscribes: "by graphql-sse",
    text: "With apollo-upload-client 19; version 20 wants Node 22. The link of subscriptions takes up what is cut.",
  },
  {
    title: "urql",
    file: "urql.ts",
    uploads: "yes",
    subscribes: "yes",
    text: "`fetchSubscriptions` has it read event streams by itself.",
  },
  {
    title: "graphql-request",
    file: "graphql-request.ts",
    uploads: "by `createUpload`",
    subscribes: "by graphql-sse",
    text: "It has neither uploads nor subscriptions.",
  },
  {
    title: "EventSource for Node.js",
    file: "eventsource.ts",
    uploads: "by `fetch`",
    subscribes: "yes",
    text: "npm's `eventsource` 4; version 5 wants Node 22. It connects again by itself, three seconds after a cut.",
  },
  {
    title: "Python",
    file: "python.py",
    uploads: "by urllib",
    subscribes: "by urllib",
    text: "Nothing but the standard library of Python 3.9 or newer.",
  },
  {
    title: "curl",
    file: "curl.sh",
    uploads: "yes",
    subscribes: "yes",
    text: "bash, curl and sed.",
  },
];

function section({ title, file, text }: Client): string {
  return `## ${title}\n\n${text}\n\n${code(file)}`;
}

const languages: Readonly<Record<string, string>> = { ts: "ts", js: "js", py: "python", sh: "sh" };

function code(file: string): string {
  const text = readFileSync(new URL(`../clients/${file}`, import.meta.url), "utf8");
  return `[docs/clients/${file}](clients/${file})\n\n\`\`\`${languages[file.slice(file.lastIndexOf(".") + 1)]}\n${text}\`\`\``;
}
