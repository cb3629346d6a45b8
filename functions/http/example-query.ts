/** What GraphiQL opens with. */
export const exampleQuery = `# Explanations take a file, so they are asked for with a multipart request:
#
#   curl http://127.0.0.1:4000/graphql -H 'x-graphql-yoga-csrf: 1' \\
#     -F operations='{"query":"mutation($image:Upload){explainImage(input:{image:$image}){id}}","variables":{"image":null}}' \\
#     -F map='{"image":["variables.image"]}' -F image=@models/emoji-vit/examples/key-octopus.png
#
# Here are the newest ones.
{
  explanations(first: 5) {
    edges {
      node {
        id
        status
        target { label probability }
        saliencyMap { overlay }
      }
    }
  }
}
`;
