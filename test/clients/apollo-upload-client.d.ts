// Its types are comments, which are read only from JavaScript that is compiled along.
declare module "apollo-upload-client/UploadHttpLink.mjs" {
  import type { ApolloLink } from "@apollo/client/core";

  export default class UploadHttpLink extends ApolloLink {
    constructor(options: { readonly uri: string; readonly headers: Readonly<Record<string, string>> });
  }
}
