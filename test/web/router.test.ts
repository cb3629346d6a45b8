import { expect, test } from "vitest";
import { routeOf } from "../../web/router.ts";

test.each([
  ["/", { view: "ask" }],
  ["/?again=abc", { view: "ask", again: "abc" }],
  ["/?again=abc&class=7", { view: "ask", again: "abc", target: 7 }],
  ["/?again=abc&class=x", { view: "ask", again: "abc" }],
  ["/explanations", { view: "history" }],
  ["/explanations/", { view: "history" }],
  ["/explanations/0abc9?class=3", { view: "explanation", id: "0abc9" }],
  ["/explanations/UPPER", { view: "nowhere" }],
  ["/elsewhere", { view: "nowhere" }],
])("%s", (path, route) => {
  expect(routeOf(new URL(path, "http://127.0.0.1"))).toEqual(route);
});
