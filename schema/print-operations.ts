import { codegen } from "@graphql-codegen/core";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { type ASTNode, type DocumentNode, Kind, type OperationDefinitionNode, parse, print, visit } from "graphql";

/**
 * The page's operations as TypeScript: the types of their variables and results, checked against the schema, and each
 * operation's text as a constant that carries them. Throws where an operation does not fit the schema.
 */
export async function printOperations(schema: string, operations: string): Promise<string> {
  const document = parse(operations);
  const types = await codegen({
    filename: "operations.ts",
    schema: parse(schema),
    documents: [{ location: "operations.graphql", document }],
    pluginMap: { typescriptOperations },
    plugins: [{ typescriptOperations: { immutableTypes: true, enumType: "string-literal", scalars } }],
    config: {},
  });
  const texts = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  return [
    "// Written by `npm run schema` from operations.graphql and the schema.",
    'import type { Operation } from "./operation.ts";\n',
    types,
    ...texts.map((operation) => constantOf(operation, document)),
  ].join("\n");
}

const scalars = { ID: "string", DateTime: "string", Upload: "File", JSON: "unknown" };

function constantOf(operation: OperationDefinitionNode, document: DocumentNode): string {
  const name = operation.name!.value;
  const type = `${name}${operation.operation[0]!.toUpperCase()}${operation.operation.slice(1)}`;
  const constant = `${name[0]!.toLowerCase()}${name.slice(1)}${type.slice(name.length)}`;
  const used = fragmentsOf(operation, document);
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION && used.has(node.name.value));
  const text = [operation, ...fragments].map(print).join("\n");
  return `export const ${constant} = ${JSON.stringify(text)} as Operation<${type}, ${type}Variables>;\n`;
}

/** The names of the fragments that a node spreads, and of those that these spread in turn. */
function fragmentsOf(node: ASTNode, document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(node, {
    FragmentSpread({ name: { value } }) {
      names.add(value);
      const fragment = document.definitions.find((node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === value);
      if (fragment) for (const inner of fragmentsOf(fragment, document)) names.add(inner);
    },
  });
  return names;
}
