import { writeFileSync } from "node:fs";
import { lexicographicSortSchema, printSchema } from "graphql";
import { schema } from "./schema.ts";

/** Writes schema.graphql, for people, clients and a test: `npm run schema`. */
writeFileSync(new URL("./schema.graphql", import.meta.url), `${printSchema(lexicographicSortSchema(schema))}\n`);
