import { API_KEY } from "../functions/http/api-key-rule.ts";

/**
 * The list `owner=key,owner=key` as it was given. Throws where it holds no key, or something that is none: the API's URL is public.
 * The message names no key.
 */
export function checkedApiKeys(list: string): string {
  const pairs = list.split(",").filter((pair) => pair !== "");
  const bad = pairs.findIndex((pair) => !API_KEY.test(pair));
  if (pairs.length > 0 && bad < 0) return list;
  const got = pairs.length === 0 ? "none" : `something else as number ${bad + 1} of ${pairs.length}`;
  throw new Error(
    `Expected the secret ApiKeys to be a list of owner=key, each key of 16 printable characters or more, got ${got}. Set it with: npx sst secret set ApiKeys "ann=$(openssl rand -hex 24)" --stage STAGE`,
  );
}
