import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { html } from "../../lib/evaluation/report/html.ts";
import { reportOf, type ReportOptions } from "../../lib/evaluation/report/report.ts";
import { resultsOf } from "../../lib/evaluation/report/results.ts";
import type { Failure, Row } from "../../lib/evaluation/row.ts";
import { askedOf, column, failure, row } from "./rows.ts";

const none: ReportOptions = { pictureOf: async () => null, imageOf: async () => null };
async function report(rows: readonly Row[], options: Partial<ReportOptions> = {}, failures: readonly Failure[] = []) {
  let text = "";
  for await (const part of reportOf(resultsOf(askedOf(rows), rows, failures), rows, { ...none, ...options })) text += part;
  return text;
}
const count = (text: string, part: string) => text.split(part).length - 1;

test("text in a template is escaped, HTML in it is not", () => {
  const name = `<b>"Tom" & 'Jerry'</b>`;
  expect(html`<p title="${name}">${[name, html`<i>${1}</i>`, null, false]}</p>`.html).toBe(
    '<p title="&lt;b&gt;&quot;Tom&quot; &amp; &#39;Jerry&#39;&lt;/b&gt;">&lt;b&gt;&quot;Tom&quot; &amp; &#39;Jerry&#39;&lt;/b&gt;<i>1</i></p>',
  );
});

test("whatever a file, a class, a model or an error is called, it stays text", async () => {
  const odd = `"><script>alert('&')</script>`;
  const target = { index: 0, label: odd, probability: 0.5 };
  const curve = { shares: [0, 1], probabilities: [0.5, 0] };
  const rows = ["vit-cx", "rise"].map((method) =>
    row(method, odd, {}, { model: odd, target, measured: [{ metric: "DELETION", value: 0.1, curve }] }),
  );
  const picture = { bytes: new Uint8Array([1]), type: "image/jpeg" };
  const text = await report(rows, { pictureOf: async () => picture, imageOf: async () => picture }, [failure(odd, odd, odd)]);
  expect(text).not.toContain("<script");
  expect(text).not.toContain("alert('");
  expect(count(text, "&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;")).toBeGreaterThan(10);
});

test("the page needs nothing but itself, and allows itself nothing else", async () => {
  const picture = { bytes: new Uint8Array([255, 216, 255]), type: "image/jpeg" };
  const text = await report(column("vit-cx", "DELETION", [0.1]), { imageOf: async () => picture });
  const style = /<style>([\s\S]*?)<\/style>/.exec(text)![1]!;
  const hash = createHash("sha256").update(style).digest("base64");
  expect(text).toContain(
    `content="default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
  );
  expect(text).not.toMatch(/<script|<link|\sstyle="|@import|url\(|https?:/);
  expect(text).toContain('src="data:image/jpeg;base64,/9j/"');
});

test("each model has its tables, its costs and a gallery of its subjects with all methods' maps", async () => {
  const rows = ["one", "two"].flatMap((model) =>
    ["vit-cx", "rise"].flatMap((method) => column(method, "DELETION", [0.1, 0.2]).map((each) => ({ ...each, model }))),
  );
  const text = await report(rows, {
    pictureOf: async ({ id, model }) => ({ bytes: Buffer.from(`${model} ${id}`), type: "image/png" }),
  });
  expect(count(text, "<caption>")).toBe(2 * 3);
  expect(count(text, '<article class="subject">')).toBe(2 * 2);
  for (const { id, model } of rows) {
    expect(count(text, `data:image/png;base64,${Buffer.from(`${model} ${id}`).toString("base64")}"`)).toBe(1);
  }
});

test("curves of all methods share one drawing, and ViT-CX lies on top", async () => {
  const measured = (end: number): Row["measured"] => [
    { metric: "DELETION", value: 0.2, curve: { shares: [0, 0.5, 1], probabilities: [0.8, end, 0] } },
    { metric: "INSERTION", value: 0.7, curve: { shares: [0, 1], probabilities: [0, 0.8] } },
    { metric: "SACO", value: 0.3 },
  ];
  const rows = [row("vit-cx", "a", {}, { measured: measured(0.1) }), row("rise", "a", {}, { measured: measured(0.4) })];
  const text = await report(rows);
  const [deletion, insertion, ...others] = text.match(/<figure class="plot">[\s\S]*?<\/figure>/g)!;
  expect(others).toEqual([]);
  expect(deletion).toContain('aria-label="Deletion ↓: the probability of cat by the share of pixels taken away"');
  expect(insertion).toContain("brought back");
  const lines = deletion.match(/<path class="line[^>]*>/g)!;
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain("reference");
  expect(lines[0]).not.toContain("reference");
});

test("a curve without shares lies evenly, as one with them", async () => {
  const of = (shares?: readonly number[]) => {
    const curve = { probabilities: [0.8, 0.3, 0.1], ...(shares && { shares }) };
    return report([row("vit-cx", "a", {}, { measured: [{ metric: "DELETION", value: 0.2, curve }] })]);
  };
  expect(await of()).toBe(await of([0, 0.5, 1]));
  expect(await of()).not.toBe(await of([0, 0.6, 1]));
});

test("the gallery shows those subjects that are named, or the first twenty", async () => {
  const rows = Array.from({ length: 30 }, (_, i) => row("vit-cx", `photo-${i}.jpg`, { DELETION: 0.5 }));
  const byItself = await report(rows);
  expect(count(byItself, '<article class="subject">')).toBe(20);
  expect(byItself).toContain("20 subjects of 30");
  const named = await report(rows, { shown: ["photo-29.jpg", "photo-3.jpg", "of nobody"] });
  expect([...named.matchAll(/<h4>(.*?)<\/h4>/g)].map(([, name]) => name)).toEqual(["photo-29.jpg", "photo-3.jpg"]);
  const bare = await report(rows, { shown: [] });
  expect(bare).not.toContain("pictures-0");
});

test("a picture that was not kept is said to be missing", async () => {
  expect(await report(column("rise", "DELETION", [0.1]))).toContain('aria-label="Map of cat by RISE: not kept"');
});

test("failures are counted and listed", async () => {
  const text = await report(column("vit-cx", "DELETION", [0.1]), {}, [
    failure("rise", "b", "No."),
    failure("rise", "c", "Nor here."),
  ]);
  expect(text).toContain("2 explanations could not be made and are missing above.");
  expect(text).toContain("Nor here.");
  expect(await report(column("vit-cx", "DELETION", [0.1]))).not.toContain('id="failures"');
  const many = Array.from({ length: 60 }, (_, i) => failure("rise", `${i}`, "No."));
  const long = await report(column("vit-cx", "DELETION", [0.1]), {}, many);
  expect(count(long, "<code>CLASS_UNKNOWN</code>")).toBe(50);
  expect(long).toContain("and 10 more");
});
