import { expect, test } from "vitest";
import { startService } from "./service.ts";

test("An error of ours is told as no more than that, and logged", async () => {
  const error = new Error("connect ECONNREFUSED 10.0.0.7:9000");
  const fail = () => Promise.reject(error);
  const service = await startService({}, ({ store }) => ({ store: { ...store, list: fail } }));
  const { data, errors } = await service.ask("{ explanations { edges { cursor } } models { id } }");
  expect(data).toBeNull();
  expect(errors).toEqual([
    {
      message: "Something went wrong on our side; the server's log says what.",
      locations: [{ line: 1, column: 3 }],
      path: ["explanations"],
      extensions: { code: "INTERNAL" },
    },
  ]);
  expect(service.apiErrors).toEqual([error]);
});

test("A value of ours that the schema cannot write is our error too", async () => {
  const service = await startService({}, ({ catalog }) => {
    const model = catalog.models[0]!;
    const broken = { ...model, manifest: { ...model.manifest, delta: NaN } };
    return { catalog: { ...catalog, models: [broken] } };
  });
  const { errors } = await service.ask("{ models { delta } }");
  expect(errors).toMatchObject([{ message: /on our side/, extensions: { code: "INTERNAL" } }]);
  expect(service.apiErrors.map(String)).toEqual([expect.stringContaining("NaN")]);
});

test("Errors in the query have a code and are not ours", async () => {
  const service = await startService();
  const codes = [];
  for (const query of ["{ nonsense }", "{ models {", "query ($id: ID!) { explanation(id: $id) { id } }"]) {
    codes.push((await service.ask(query)).errors?.[0]?.extensions?.code);
  }
  expect(codes).toEqual(["GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT"]);
  expect(service.apiErrors).toEqual([]);
});
