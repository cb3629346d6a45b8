import { Arg, Copy, DockerfileParser, From } from "dockerfile-ast";
import { validate } from "dockerfile-utils";

/** One instruction, its continued lines joined. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
  /** Of a COPY from another stage: its name. */
  readonly from: string | undefined;
}

/** From one FROM to the next. */
export interface Stage {
  /** With the defaults of the arguments that are given before the first stage. */
  readonly base: string;
  /** What others call it; "" where it has no name. */
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

export function stagesOf(dockerfile: string): Stage[] {
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  const defaults = new Map<string, string>();
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    if (instruction instanceof From) {
      const base = (instruction.getImage() ?? "").replace(/\$\{(\w+)\}/g, (given, name) => defaults.get(name) ?? given);
      stages.push({ base, name: instruction.getBuildStage() ?? "", instructions: [] });
    } else if (instruction instanceof Arg && stages.length === 0) {
      const property = instruction.getProperty();
      if (property) defaults.set(property.getName(), property.getValue() ?? "");
    } else {
      const from = instruction instanceof Copy ? (instruction.getFromFlag()?.getValue() ?? undefined) : undefined;
      const rest = instruction.getArgumentsContent() ?? "";
      stages.at(-1)?.instructions.push({ name: instruction.getKeyword(), rest, from });
    }
  }
  return stages;
}

/** What Docker would not take or would warn of: syntax, flags, casing, what is deprecated, names that are given twice. */
export function complaints(dockerfile: string): string[] {
  return validate(dockerfile).map(({ message, range }) => {
    const words = typeof message === "string" ? message : message.value;
    return `line ${range.start.line + 1}: ${words}`;
  });
}

/** A rule beyond the syntax: the places where it does not hold. */
export type Rule = (stages: readonly Stage[]) => string[];

/** What is good practice for a Dockerfile, as far as it applies here, and some things of our own. */
export const rules: Record<string, Rule> = {
  "every base is a stage before it, or an image of a certain version": (stages) =>
    stages
      .filter(({ base }, i) => !stages.slice(0, i).some(({ name }) => name === base))
      .filter(({ base }) => !/(:(?!latest)[\w.-]*\d[\w.-]*|@sha256:[0-9a-f]{64})$/.test(base))
      .map(({ base }) => base),

  "every stage has a name, and what is copied from is one before it": (stages) =>
    stages.flatMap(({ name, instructions }, i) => {
      const before = stages.slice(0, i).map((stage) => stage.name);
      const from = instructions.map((instruction) => instruction.from).filter((each) => each !== undefined);
      return [...from.filter((each) => !before.includes(each)), ...(name === "" ? [`stage ${i}`] : [])];
    }),

  "nothing is fetched by ADD": all(({ name }) => name !== "ADD"),

  "an image that is started runs as nobody in particular, by number": started((stage) => {
    const users = of(stage, "USER");
    return /^[1-9]\d*$/.test(users.at(-1) ?? "");
  }),

  "an image that is started says whether it is healthy": started((stage) => of(stage, "HEALTHCHECK").length === 1),

  "an image has one command, which gets its signals itself": (stages) =>
    finals(stages)
      .filter((stage) => {
        const commands = [...of(stage, "CMD"), ...of(stage, "ENTRYPOINT")];
        return commands.length !== 1 || !/^\[("[^"]*"(, )?)+\]$/.test(commands[0] ?? "");
      })
      .map(({ name }) => name),

  "what apt brings is what was asked for, and leaves no lists behind": all(
    ({ name, rest }) =>
      name !== "RUN" ||
      !/\bapt(-get)?\b/.test(rest) ||
      (/apt-get install (?=.*-y\b)(?=.*--no-install-recommends)/.test(rest) && rest.includes("rm -rf /var/lib/apt/lists")),
  ),

  "a command is no pipe whose first part may fail unseen, changes no folder and no user": all(
    ({ name, rest }) => name !== "RUN" || !/(^|[^|])\|([^|]|$)|\bsudo\b|(^|[;&] *)cd /.test(rest),
  ),

  "nothing secret is in it": all(
    ({ name, rest }) => !/^(ENV|ARG|LABEL)$/.test(name) || !/(secret|token|password|api_?key|credential)/i.test(rest),
  ),

  "packages are installed before anything else is copied, so that a change of the code installs nothing": (stages) =>
    stages
      .filter(({ instructions }) => {
        const install = instructions.findIndex(({ name, rest }) => name === "RUN" && /\bnpm (install|ci)\b/.test(rest));
        const copied = instructions.slice(0, Math.max(0, install)).filter(({ name }) => name === "COPY");
        return copied.some(({ rest }) => !/^package\.json package-lock\.json \.npmrc \.\/$/.test(rest));
      })
      .map(({ name }) => name),
};

/** A rule that each instruction keeps by itself. */
function all(holds: (instruction: Instruction) => boolean): Rule {
  return (stages) =>
    stages
      .flatMap(({ instructions }) => instructions)
      .filter((instruction) => !holds(instruction))
      .map(({ name, rest }) => `${name} ${rest}`);
}

/** A rule for what runs by itself. Lambda's images it does not concern: Lambda gives them a user, and looks after them. */
function started(holds: (stage: Stage) => boolean): Rule {
  return (stages) =>
    finals(stages)
      .filter((stage) => !stage.base.includes("/lambda/") && !holds(stage))
      .map(({ name }) => name);
}

/** The stages that no other needs: the images that are built. */
function finals(stages: readonly Stage[]): Stage[] {
  const needed = new Set(stages.flatMap(({ base, instructions }) => [base, ...instructions.map(({ from }) => from)]));
  return stages.filter(({ name }) => !needed.has(name));
}

function of({ instructions }: Stage, wanted: string): string[] {
  return instructions.filter(({ name }) => name === wanted).map(({ rest }) => rest);
}
