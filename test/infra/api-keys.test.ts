import { afterEach, describe, expect, test, vi } from "vitest";
import { readConfig } from "../../functions/config.ts";
import { checkedApiKeys } from "../../infra/api-keys.ts";

const good = ["ann=0123456789abcdef", "ann=0123456789abcdef,bob=fedcba9876543210", "a-b_C9=!#$%&'()*+-./:;<=>?@[]^~,"];
const bad = ["ann", "ann=", "ann=0123456789abcde", "=0123456789abcdef", "ann smith=0123456789abcdef", "ann=0123456789 abcdef"];

describe("the secret ApiKeys", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test.each(good)("may be %s", (list) => expect(checkedApiKeys(list)).toBe(list));

  test.each([...bad, "", ",", `${good[0]},bob=short`])("may not be %o, and nobody is told why by its keys", (list) => {
    expect(() => checkedApiKeys(list)).toThrow(
      /^Expected the secret ApiKeys to be a list of owner=key, .*npx sst secret set ApiKeys/,
    );
    expect(() => checkedApiKeys(list)).not.toThrow(/0123456789|short/);
  });

  test("is judged as the API judges it", () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.spyOn(process, "exit").mockImplementation(() => {
      throw new Error("refused");
    });
    const judge = (list: string) => {
      vi.stubEnv("VITCX_API_KEYS", list);
      return readConfig().VITCX_API_KEYS;
    };
    for (const list of good) expect(judge(list).length).toBeGreaterThan(0);
    for (const list of bad) expect(() => judge(list), list).toThrow("refused");
  });
});
