import { serverAudits } from "graphql-http";
import { describe, expect, test } from "vitest";
import { csrf, startService } from "./service.ts";

/** GET requests too have to say that they come from no other site's form or image. */
const fetchFn = (url: string, init: RequestInit = {}) => fetch(url, { ...init, headers: { ...init.headers, ...csrf } });

describe("GraphQL over HTTP", () => {
  for (const { name } of serverAudits({ url: "" })) {
    test(name, async () => {
      const { url } = await startService();
      const audit = serverAudits({ url, fetchFn }).find((each) => each.name === name)!;
      const result = await audit.fn();
      const reason = "reason" in result ? result.reason : undefined;
      expect(result, reason).toMatchObject({ status: "ok" });
    });
  }
});
