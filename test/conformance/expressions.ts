/**
 * The tiny expressions of a table, as `x -> [x,x]`, `x > 2`, `[k,v] -> v != 0`, `if x>=3: toString`, `_ + _`, and the
 * names of its vocabulary, read into functions.
 */
import { type Expression, evaluate, type Fn, FUNCTIONS, type Pattern } from "./evaluate.ts";
import { NotYet } from "./not-yet.ts";

/** The names that every table may use, in terms of expressions. */
const VOCABULARY: Readonly<Record<string, string>> = {
  add: "x+y",
  sum: "x+y",
  plus: "x+y",
  subtract: "x-y",
  minus: "x-y",
  multiply: "x*y",
  concat: "x+y",
  max: "(x,y) -> x max y",
  min: "(x,y) -> x min y",
  identity: "x -> x",
  double: "x -> x*2",
  square: "x -> x*x",
  increment: "x -> x+1",
  negate: "x -> -x",
  isEven: "x%2==0",
  isOdd: "x%2!=0",
  pairWithOne: "x -> [x,1]",
  pairWithSelf: "x -> [x,x]",
  splitWords: "x -> words(x)",
  valueNotZero: "[k,v] -> v != 0",
  sumOfPartition: "records -> [sum(records)]",
  countOfPartition: "records -> [count(records)]",
  sizeOfPartition: "records -> [count(records)]",
  maxOfPartition: "records -> [max(records)]",
  listOfPartition: "records -> [toList(records)]",
};

/** Phrases that stand for expressions. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bone element:\s*the (sum|product|count|size|max|min) of the partition\b/g, "records -> [$1(records)]"],
  [/\bfield (\d+) of split on (\S)/g, "x -> split(x,'$2')[$1]"],
  [/^age number$/g, "x -> number(split(x,'|')[2])"],
  [/\b(\w+) (?:is )?non-?empty\b/gi, "nonEmpty($1)"],
  [/\b(\w+) is empty\b/g, "isEmpty($1)"],
  [/\bdecimal string\b/g, "x -> toString(x)"],
  [/^(?:always )?(true|false)$/g, "x -> $1"],
];

/** A function of a table: how to call it, and how many parameters it has (undefined where it takes any number). */
export interface CompiledFunction {
  readonly call: Fn;
  readonly parameters: number | undefined;
}

/**
 * The function that a text means. Where the text has no arrow, its unknown names are its parameters, in alphabetical
 * order (`x-y`, `k+v`), unless `parameters` names them.
 *
 * @param vocabulary further names, as the table itself explains them
 */
export function compile(
  text: string,
  vocabulary: Readonly<Record<string, string>> = {},
  parameters?: readonly string[],
): CompiledFunction {
  const expression = parse(expand(text, vocabulary, new Set()));
  const f = asFunction(expression, parameters);
  const wanted =
    f.type === "lambda" ? f.parameters.length : f.type === "name" ? FUNCTIONS[f.name]?.length || undefined : undefined;
  return { parameters: wanted, call: (...args) => applied(f, args) };
}

/** The value of an expression without parameters, as `[1, 2]` or `3`. */
export function constant(text: string): unknown {
  return evaluate(parse(text), {});
}

function applied(f: Expression, args: readonly unknown[]): unknown {
  const value = evaluate(f, {});
  return typeof value === "function" ? value(...args) : value;
}

/** A name of the vocabulary replaced by what it means; phrases by expressions. */
function expand(text: string, vocabulary: Readonly<Record<string, string>>, seen: ReadonlySet<string>): string {
  const name = text.trim();
  if (Object.hasOwn(VOCABULARY, name)) return VOCABULARY[name]!;
  if (Object.hasOwn(vocabulary, name) && !Object.hasOwn(FUNCTIONS, name) && !seen.has(name)) {
    return expand(vocabulary[name]!, vocabulary, new Set([...seen, name]));
  }
  return PHRASES.reduce((expanded, [phrase, meaning]) => expanded.replace(phrase, meaning), name);
}

function asFunction(expression: Expression, parameters?: readonly string[]): Expression {
  if (expression.type === "lambda") return expression;
  const free = new Set(freeNames(expression));
  const wanted = parameters ?? [...free].sort();
  if (free.size === 0 && parameters === undefined) return expression;
  return { type: "lambda", parameters: wanted, body: expression };
}

/** The names that neither a lambda in the expression nor {@link FUNCTIONS} explains. */
function freeNames(expression: Expression): string[] {
  switch (expression.type) {
    case "literal":
      return [];
    case "name":
      return Object.hasOwn(FUNCTIONS, expression.name) ? [] : [expression.name];
    case "lambda": {
      const bound = expression.parameters.flatMap(namesIn);
      return freeNames(expression.body).filter((name) => !bound.includes(name));
    }
    case "list":
      return expression.items.flatMap(freeNames);
    case "unary":
      return freeNames(expression.operand);
    case "binary":
      return [expression.left, expression.right].flatMap(freeNames);
    case "when": {
      const { condition, then, otherwise } = expression;
      return [condition, then, ...(otherwise === undefined ? [] : [otherwise])].flatMap(freeNames);
    }
    case "call":
      return [expression.f, ...expression.args].flatMap(freeNames);
    case "method":
      return [expression.target, ...expression.args].flatMap(freeNames);
    case "index":
      return [expression.target, expression.index].flatMap(freeNames);
  }
}

function namesIn(pattern: Pattern): string[] {
  return typeof pattern === "string" ? [pattern] : pattern.flatMap(namesIn);
}

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?)|('[^']*'|"[^"]*")|([A-Za-z_$][\w$]*)|(->|=>|\.\.|===?|!==?|<=|>=|&&|\|\||[-+*/%<>!?:;,.()[\]]))/y;

interface Token {
  readonly type: "number" | "text" | "name" | "symbol" | "end";
  readonly text: string;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  for (;;) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) {
      if (text.slice(at).trim() === "") return [...found, { type: "end", text: "" }];
      throw new NotYet(`the expression "${text}"`);
    }
    const [, number, quoted, name, symbol] = match;
    if (number !== undefined) found.push({ type: "number", text: number });
    else if (quoted !== undefined) found.push({ type: "text", text: quoted.slice(1, -1) });
    else if (name !== undefined) found.push({ type: "name", text: name });
    else found.push({ type: "symbol", text: symbol! });
  }
}

/** Binary operators, from those that bind least to those that bind most, and what each is called in an {@link Expression}. */
const LEVELS: readonly Readonly<Record<string, string>>[] = [
  { or: "or", "||": "or" },
  { and: "and", "&&": "and" },
  { "==": "==", "===": "==", "!=": "!=", "!==": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=" },
  { "..": "..", to: "..", until: "until" },
  { max: "max", min: "min" },
  { "+": "+", "-": "-" },
  { "*": "*", "/": "/", "%": "%", mod: "mod", div: "div" },
];

const CONSTANTS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  none: null,
  None: null,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
};

export function parse(text: string): Expression {
  return new Parser(text).whole();
}

/** Recursive descent, a method a rule. */
class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #placeholders: string[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokens(text);
  }

  whole(): Expression {
    const expression = this.#expression();
    if (this.#next.type !== "end") throw this.#notUnderstood();
    return this.#placeholders.length === 0
      ? expression
      : { type: "lambda", parameters: this.#placeholders, body: expression };
  }

  #expression(): Expression {
    const parameters = this.#parameters();
    if (parameters !== undefined) return { type: "lambda", parameters, body: this.#expression() };
    if (this.#accept("if")) {
      const condition = this.#expression();
      if (!this.#accept(":") && !this.#accept("then")) this.#expect(",");
      const then = this.#expression();
      return { type: "when", condition, then, otherwise: this.#accept("else") ? this.#expression() : undefined };
    }
    const condition = this.#binary(0);
    if (!this.#accept("?")) return condition;
    const then = this.#expression();
    this.#expect(":");
    return { type: "when", condition, then, otherwise: this.#expression() };
  }

  /** What stands before an arrow; undefined, and nothing read, where no arrow follows. */
  #parameters(): Pattern[] | undefined {
    const start = this.#at;
    const parameters = this.#next.type === "name" ? [this.#take().text] : this.#patterns();
    if (parameters !== undefined && (this.#accept("->") || this.#accept("=>"))) return parameters;
    this.#at = start;
    return undefined;
  }

  /** `(a, b)`, or `[k, v]`, which is one parameter taken apart. */
  #patterns(): Pattern[] | undefined {
    const close = this.#accept("(") ? ")" : this.#accept("[") ? "]" : undefined;
    if (close === undefined) return undefined;
    const parts: Pattern[] = [];
    while (!this.#accept(close)) {
      if (parts.length > 0 && !this.#accept(",")) return undefined;
      if (this.#next.type === "name") parts.push(this.#take().text);
      else {
        const part = this.#patterns();
        if (part === undefined) return undefined;
        parts.push(part.length === 1 ? part[0]! : part);
      }
    }
    return close === "]" ? [parts] : parts;
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const { type, text } = this.#next;
      if ((type !== "symbol" && type !== "name") || !Object.hasOwn(operators, text)) return left;
      this.#at++;
      left = { type: "binary", operator: operators[text]!, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): Expression {
    if (this.#accept("-")) return { type: "unary", operator: "-", operand: this.#unary() };
    if (this.#accept("!") || this.#accept("not")) return { type: "unary", operator: "!", operand: this.#unary() };
    return this.#postfix();
  }

  #postfix(): Expression {
    let target = this.#primary();
    for (;;) {
      if (this.#accept(".")) {
        const name = this.#take();
        if (name.type !== "name") throw this.#notUnderstood();
        target = { type: "method", target, name: name.text, args: this.#accept("(") ? this.#list(")") : [] };
      } else if (this.#accept("(")) target = { type: "call", f: target, args: this.#list(")") };
      else if (this.#accept("[")) {
        const index = this.#expression();
        this.#expect("]");
        target = { type: "index", target, index };
      } else return target;
    }
  }

  #primary(): Expression {
    const token = this.#take();
    if (token.type === "number") return { type: "literal", value: Number(token.text) };
    if (token.type === "text") return { type: "literal", value: token.text };
    if (token.type === "name") {
      if (Object.hasOwn(CONSTANTS, token.text)) return { type: "literal", value: CONSTANTS[token.text] };
      if (token.text !== "_") return { type: "name", name: token.text };
      const name = `$${this.#placeholders.length}`;
      this.#placeholders.push(name);
      return { type: "name", name };
    }
    if (token.text === "[") return { type: "list", items: this.#list("]") };
    if (token.text !== "(") throw this.#notUnderstood();
    const items = this.#list(")");
    return items.length === 1 ? items[0]! : { type: "list", items };
  }

  #list(close: string): Expression[] {
    const items: Expression[] = [];
    while (!this.#accept(close)) {
      if (items.length > 0) this.#expect(",");
      items.push(this.#expression());
    }
    return items;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #take(): Token {
    const token = this.#next;
    if (token.type === "end") throw this.#notUnderstood();
    this.#at++;
    return token;
  }

  #accept(text: string): boolean {
    const { type } = this.#next;
    if ((type !== "symbol" && type !== "name") || this.#next.text !== text) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw this.#notUnderstood();
  }

  #notUnderstood(): NotYet {
    return new NotYet(`the expression "${this.#text}"`);
  }
}
