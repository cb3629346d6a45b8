/** The text of a GraphQL operation, which knows the types of its result and its variables. */
export type Operation<Result, Variables> = string & { readonly types?: (variables: Variables) => Result };
