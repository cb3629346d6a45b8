import { readFileSync, writeFileSync } from "node:fs";
import { lexicographicSortSchema, printSchema } from "graphql";
import { printOperations } from "./print-operations.ts";
import { schema } from "./schema.ts";

/** Writes schema.graphql, for people, clients and a test, and what the page takes from it: `npm run schema`. */
const printed = `${printSchema(lexicographicSortSchema(schema))}\n`;
writeFileSync(new URL("./schema.graphql", import.meta.url), printed);
const operations = readFileSync(new URL("../web/api/operations.graphql", import.meta.url), "utf8");
writeFileSync(new URL("../web/api/operations.ts", import.meta.url), await printOperations(printed, operations));
