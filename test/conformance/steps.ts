/** Chains of operations, as `map(x -> [x,x]).groupByKey(2)`, cut into steps. */

export interface Step {
  readonly name: string;
  /** The arguments as they are written; undefined where there are no parentheses, and the parameters of the case say. */
  readonly args: readonly string[] | undefined;
}

/** The steps of a chain: cut at its dots. */
export function chain(text: string): Step[] {
  return cut(text, ".").map(step);
}

/** The steps of a preparation: chains cut at its commas, as `pairWithOne, reduceByKey(add)`. */
export function preparation(text: string): Step[] {
  return cut(text, ",").flatMap(chain);
}

function step(text: string): Step {
  const match = /^([\w$]+)\s*(?:\((.*)\))?$/s.exec(text);
  if (match === null) return { name: text, args: undefined };
  const [, name, args] = match;
  return { name: name!, args: args === undefined ? undefined : cut(args, ",") };
}

/** The parts of `text` between separators that are in no bracket and no quotation. */
export function cut(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote: string | undefined;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== undefined) {
      if (char === quote) quote = undefined;
    } else if (char === "'" || char === '"') quote = char;
    else if ("([".includes(char)) depth++;
    else if (")]".includes(char)) depth--;
    else if (char === separator && depth === 0 && !isRange(text, i)) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts.filter((part) => part !== "");
}

/** Whether the dot at `i` is one of the two of `1..4`. */
function isRange(text: string, i: number): boolean {
  return text[i] === "." && (text[i - 1] === "." || text[i + 1] === ".");
}
