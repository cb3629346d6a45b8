import type { MethodDescriptor, Need } from "../../lib/methods/method.ts";
import { type MethodName, methods } from "../../lib/methods/registry.ts";
import { textOf } from "../../lib/explanation/request/parse-method.ts";
import { commandName, fieldName } from "../../lib/options/describe.ts";
import { anchorOf, sentence } from "./markdown.ts";
import { optionsTable } from "./options-table.ts";

/** docs/methods.md: what each method computes, what it needs of a model, where it comes from, and its options. */
export function methodsPage(): string {
  const all: readonly MethodDescriptor<MethodName>[] = methods;
  const contents = all.map(({ name, title, kind, needs, everyClass }) => {
    const link = `[${title}](#${anchorOf(title)})`;
    return `| ${link} | \`${commandName(name)}\` | ${kinds[kind]} | ${needNames[needs]} | ${everyClass ? "every class" : "one class"} |`;
  });
  return [
    "<!-- Written by `npm run docs` from lib/methods. -->",
    "# Methods",
    `Ways to explain a prediction. GraphQL takes one as \`method\` of a request (\`method: { rise: { numMasks: 500 } }\`,
\`method: { scoreCam: true }\` for its defaults), the command line as \`--method rise:num-masks=500\` or \`--method rise --num-masks 500\`;
options have hyphens there and capitals in GraphQL. The \`methods\` query describes them to programs.`,
    `Lists of methods for \`evaluate\` and \`sanity-check\`: \`all\` (without the controls), \`table-1\` (the rows of the ViT-CX paper's Table 1),
\`controls\`, \`ablations\` (ViT-CX and the variants of its Table 2).`,
    ["| method | name | | needs of the model | one run explains |", "|---|---|---|---|---|", ...contents].join("\n"),
    ...all.flatMap(sectionOf),
  ]
    .join("\n\n")
    .concat("\n");
}

const kinds: Record<MethodDescriptor["kind"], string> = { paper: "Table 1", other: "", control: "control" };

const needNames: Record<Need, string> = {
  probabilities: "its answers",
  "patch-embeddings": "patch embeddings",
  gradients: "gradients",
  "class-token": "gradients, a class token",
};

const needTexts: Record<Need, string> = {
  probabilities: "It needs nothing of the model but its answers.",
  "patch-embeddings": "It needs the model's patch embeddings.",
  gradients: "It needs a model that can be differentiated.",
  "class-token": "It needs a model with a class token that can be differentiated.",
};

function sectionOf(method: MethodDescriptor<MethodName>): string[] {
  const { name, title, description, reading, citation, needs, everyClass, ablations = [], options } = method;
  const classes = everyClass
    ? "One run gives the map of every class."
    : "One run explains one class; another class is explained by another run.";
  return [
    `## ${title}`,
    [description, reading, needTexts[needs], classes].map(sentence).join(" "),
    ...(citation === "" ? [] : [citation]),
    `In GraphQL \`${fieldName(name)}\` and \`${name}\`, on the command line \`${commandName(name)}\`.`,
    optionsTable(options),
    ...(ablations.length === 0 ? [] : [variantsOf(name, ablations)]),
  ];
}

/** "Variants of its paper: `vit-cx:masks=all` (without clustering), …". */
function variantsOf(name: MethodName, ablations: NonNullable<MethodDescriptor["ablations"]>): string {
  const each = ablations.map((ablation) => `\`${textOf(name, ablation.options)}\` (${ablation.title})`);
  return `Variants that its paper compares: ${each.join(", ")}.`;
}
