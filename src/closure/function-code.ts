/** The code of a function as it is shipped: analysed once for each text, and set up so that a factory can make it. */
import type { LiteralShape } from "../core/record-shape.ts";
import { blank, type ClassParts, classParts, type Edit } from "./class-parts.ts";
import type { DeclaredParameters } from "./declared-parameters.ts";
import { type FreeVariable, freeVariables, type Span, type Surroundings, surroundingsOf } from "./free-variables.ts";
import { type ParsedFunction, parseFunction } from "./function-text.ts";
import { resultShape } from "./result-shape.ts";

export interface FunctionCode {
  readonly text: string;
  readonly kind: ParsedFunction["kind"];
  readonly isArrow: boolean;
  readonly declared: DeclaredParameters;
  readonly free: readonly FreeVariable[];
  /** The names of those whose values the factory needs as soon as it runs. */
  readonly eager: ReadonlySet<string>;
  readonly surroundings: Surroundings;
  readonly classParts: ClassParts | undefined;
  /** The computed name of a method, which has done its work. */
  readonly removedKey: Span | undefined;
  readonly returns: LiteralShape | undefined;
}

const MOST_REMEMBERED = 10_000;
const analysed = new Map<string, FunctionCode>();

/** The analysis depends on the text alone, so closures made anew at one place of the program share it. */
export function functionCode(text: string): FunctionCode {
  const known = analysed.get(text);
  if (known) return known;
  const code = analyse(text);
  if (analysed.size >= MOST_REMEMBERED) analysed.clear();
  analysed.set(text, code);
  return code;
}

function analyse(text: string): FunctionCode {
  const parsed = parseFunction(text);
  const parts = classParts(parsed);
  const removedKey = computedKey(parsed);
  const ignored = [...(parts?.removed ?? []), ...(parts?.computedMethods.map(({ key }) => key) ?? [])];
  if (removedKey) ignored.push(removedKey);
  if (parts?.superclass) ignored.push(parts.superclass);
  const free = freeVariables(parsed, ignored);
  const isEager = ({ uses }: FreeVariable) =>
    uses.some((use) => parts?.fieldKeys.some(({ start, end }) => use.start >= start && use.end <= end));
  return {
    text,
    kind: parsed.kind,
    isArrow: parsed.node.type === "ArrowFunctionExpression",
    declared: declaredIn(parsed),
    free,
    eager: new Set(free.filter(isEager).map(({ name }) => name)),
    surroundings: surroundingsOf(parsed),
    classParts: parts,
    removedKey,
    returns: resultShape(parsed),
  };
}

function declaredIn({ node }: ParsedFunction): DeclaredParameters {
  const parameters = "params" in node ? node.params : [];
  const hasRest = parameters.at(-1)?.type === "RestElement";
  return { count: parameters.length - (hasRest ? 1 : 0), hasRest };
}

/** With its brackets. */
function computedKey({ property, text, offset }: ParsedFunction): Span | undefined {
  if (!property?.computed) return undefined;
  const { start, end } = property.key;
  return { start: text.lastIndexOf("[", start - offset), end: text.indexOf("]", end - offset) + 1 };
}

export interface Rendered {
  /** The body of a factory that returns `{ made, set }`: the function, and what gives its variables their values. */
  readonly body: string;
  readonly parameters: readonly string[];
}

/**
 * The factory's body has the text on its second line, beginning in `column`, so that the frames of its errors are
 * those of the original. `captured` become its first parameters; three follow: the superclass, `import.meta`, and the
 * hook of revive-function.ts. Of the variables in `shared` the factory gets cells, `{ v }`, in place of values.
 */
export function render(
  code: FunctionCode,
  captured: readonly string[],
  shared: ReadonlySet<string>,
  strict: boolean,
  column: number,
): Rendered {
  const { text } = code;
  const superclass = unusedName("$s", text);
  const hook = unusedName("$h", text);
  const meta = unusedName("import$meta", text);
  const cellNames = new Map(Array.from(shared, (name) => [name, unusedName(`${name}$`, text)]));

  const edits: Edit[] = code.classParts?.edits(hook, superclass) ?? [];
  for (const span of code.surroundings.importMetas) edits.push({ ...span, text: meta });
  if (code.removedKey) {
    const { start, end } = code.removedKey;
    edits.push({ start, end, text: ` m${blank(text.slice(start + 2, end))}` });
  }
  for (const { name, uses } of code.free) {
    const cell = cellNames.get(name);
    if (cell === undefined) continue;
    for (const { start, end, form } of uses) {
      const place = form === "called" ? `(0,${cell}.v)` : `${cell}.v`;
      edits.push({ start, end, text: form === "shorthand" ? `${name}:${place}` : place });
    }
  }

  const edited = " ".repeat(column) + apply(edits, text);
  const made = code.kind === "method" ? `${hook}.method({\n${edited}\n})` : `(\n${edited}\n)`;
  const parameters = captured.map((name) => cellNames.get(name) ?? name);
  const values = unusedName("$v", text);
  const assignments = parameters.map((name, index) => `${name}=${values}[${index}];`).join("");
  const body = `${strict ? '"use strict";' : ""}return{set:(${values})=>{${assignments}},made:${made}}`;
  return { body, parameters: [...parameters, superclass, meta, hook] };
}

/** Edits inside a stretch that another edit replaces are void. */
function apply(edits: readonly Edit[], text: string): string {
  let result = "";
  let done = 0;
  for (const { start, end, text: replacement } of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < done) continue;
    result += text.slice(done, start) + replacement;
    done = end;
  }
  return result + text.slice(done);
}

function unusedName(name: string, text: string): string {
  let unused = name;
  while (text.includes(unused)) unused += "_";
  return unused;
}
