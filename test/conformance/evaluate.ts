/** What a parsed expression is, and its value. Plain data and pure functions: both travel to the executors. */

/** A parameter: a name, or the parts of a tuple. */
export type Pattern = string | readonly Pattern[];

export type Expression =
  | { readonly type: "literal"; readonly value: unknown }
  | { readonly type: "name"; readonly name: string }
  | { readonly type: "list"; readonly items: readonly Expression[] }
  | { readonly type: "unary"; readonly operator: string; readonly operand: Expression }
  | { readonly type: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | {
      readonly type: "when";
      readonly condition: Expression;
      readonly then: Expression;
      readonly otherwise: Expression | undefined;
    }
  | { readonly type: "lambda"; readonly parameters: readonly Pattern[]; readonly body: Expression }
  | { readonly type: "call"; readonly f: Expression; readonly args: readonly Expression[] }
  | {
      readonly type: "method";
      readonly target: Expression;
      readonly name: string;
      readonly args: readonly Expression[];
    }
  | { readonly type: "index"; readonly target: Expression; readonly index: Expression };

export type Scope = Readonly<Record<string, unknown>>;

export type Fn = (...args: readonly unknown[]) => unknown;

export function evaluate(expression: Expression, scope: Scope): unknown {
  switch (expression.type) {
    case "literal":
      return expression.value;
    case "name":
      if (Object.hasOwn(scope, expression.name)) return scope[expression.name];
      if (Object.hasOwn(FUNCTIONS, expression.name)) return FUNCTIONS[expression.name];
      throw new Error(`the expression does not say what ${expression.name} is`);
    case "list":
      return expression.items.map((item) => evaluate(item, scope));
    case "unary": {
      const operand = evaluate(expression.operand, scope);
      return expression.operator === "-" ? -(operand as number) : !operand;
    }
    case "binary":
      return binary(expression.operator, evaluate(expression.left, scope), () => evaluate(expression.right, scope));
    case "when":
      if (evaluate(expression.condition, scope)) return evaluate(expression.then, scope);
      return expression.otherwise && evaluate(expression.otherwise, scope);
    case "lambda":
      return (...args: readonly unknown[]) =>
        evaluate(expression.body, { ...scope, ...bind(expression.parameters, args) });
    case "call":
      return (evaluate(expression.f, scope) as Fn)(...expression.args.map((arg) => evaluate(arg, scope)));
    case "method": {
      const target = evaluate(expression.target, scope);
      return callMethod(target, expression.name, () => expression.args.map((arg) => evaluate(arg, scope)));
    }
    case "index":
      return (evaluate(expression.target, scope) as readonly unknown[])[evaluate(expression.index, scope) as number];
  }
}

/** Parameters with their values. A pair given to a function of two parameters is taken apart. */
function bind(parameters: readonly Pattern[], args: readonly unknown[]): Record<string, unknown> {
  const scope: Record<string, unknown> = {};
  const whole = args.length === 1 && parameters.length > 1 && Array.isArray(args[0]) ? args[0] : args;
  for (const [index, parameter] of parameters.entries()) bindPattern(parameter, whole[index], scope);
  return scope;
}

function bindPattern(pattern: Pattern, value: unknown, scope: Record<string, unknown>): void {
  if (typeof pattern === "string") scope[pattern] = value;
  else for (const [index, part] of pattern.entries()) bindPattern(part, (value as readonly unknown[])[index], scope);
}

function binary(operator: string, left: unknown, right: () => unknown): unknown {
  switch (operator) {
    case "or":
      return left === null || left === undefined || left === false ? right() : left;
    case "and":
      return left && right();
    case "==":
      return same(left, right());
    case "!=":
      return !same(left, right());
    case "..":
      return range(left as number, (right() as number) + 1);
    case "until":
      return range(left as number, right() as number);
    default:
      return arithmetic(operator, left as number, right() as number);
  }
}

function arithmetic(operator: string, a: number, b: number): unknown {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    case "div":
      return Math.trunc(a / b);
    case "mod":
      return ((a % b) + b) % b;
    case "max":
      return larger(a, b);
    case "min":
      return smaller(a, b);
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    default:
      throw new Error(`there is no operator ${operator}`);
  }
}

/** Of texts too, so not Math.max. */
function larger(a: number, b: number): number {
  if (a > b) return a;
  return b;
}

function smaller(a: number, b: number): number {
  if (a < b) return a;
  return b;
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));
}

function range(from: number, until: number, step = 1): number[] {
  return Array.from({ length: Math.max(0, Math.ceil((until - from) / step)) }, (_, i) => from + i * step);
}

/** `x.f(a)` is f(x, a): for the functions here, the fields of a tuple, and the methods of texts and lists. */
function callMethod(target: unknown, name: string, args: () => readonly unknown[]): unknown {
  const field = /^_(\d+)$/.exec(name);
  if (field) return (target as readonly unknown[])[Number(field[1]) - 1];
  if (Object.hasOwn(FUNCTIONS, name)) return FUNCTIONS[name]!(target, ...args());
  const member = (target as Readonly<Record<string, unknown>>)[name];
  return typeof member === "function" ? member.apply(target, args()) : member;
}

function items(values: unknown): unknown[] {
  return typeof values === "string" ? [...values] : Array.from(values as Iterable<unknown>);
}

/** The members of a list, or of the arguments. */
function numbers(args: readonly unknown[]): number[] {
  return (args.length === 1 && typeof args[0] === "object" ? items(args[0]) : args) as number[];
}

/** The functions that an expression may name. */
export const FUNCTIONS: Readonly<Record<string, Fn>> = {
  toString: (x: unknown) => String(x),
  string: (x) => String(x),
  number: (x) => Number(x),
  toInt: (x) => Math.trunc(Number(x)),
  toLong: (x) => Math.trunc(Number(x)),
  toDouble: (x) => Number(x),
  parseInt: (x) => Math.trunc(Number(x)),
  abs: (x) => Math.abs(x as number),
  floor: (x) => Math.floor(x as number),
  sqrt: (x) => Math.sqrt(x as number),
  identity: (x: unknown) => x,
  pairWith: (value) => (x: unknown) => [x, value],
  Seq: (...values) => values,
  List: (...values) => values,
  Array: (...values) => values,
  range: (from, until, step) => range(from as number, until as number, (step as number | undefined) ?? 1),
  max: (...values) => numbers(values).reduce(larger),
  min: (...values) => numbers(values).reduce(smaller),
  sum: (values) => (items(values) as number[]).reduce((a, b) => a + b, 0),
  product: (values) => (items(values) as number[]).reduce((a, b) => a * b, 1),
  count: (values) => items(values).length,
  size: (values) => items(values).length,
  length: (values) => items(values).length,
  first: (values) => items(values)[0],
  head: (values) => items(values)[0],
  last: (values) => items(values).at(-1),
  isEmpty: (values) => items(values).length === 0,
  nonEmpty: (values) => items(values).length > 0,
  toList: (values) => items(values),
  toSeq: (values) => items(values),
  toArray: (values) => items(values),
  toSet: (values) => [...new Set(items(values))],
  distinct: (values) => [...new Set(items(values))],
  sorted: (values) =>
    items(values).sort((a, b) => Number((a as number) > (b as number)) - Number((a as number) < (b as number))),
  reverse: (values) => (typeof values === "string" ? items(values).reverse().join("") : items(values).reverse()),
  map: (values, f) => items(values).map((value) => (f as Fn)(value)),
  flatMap: (values, f) => items(values).flatMap((value) => (f as Fn)(value)),
  filter: (values, f) => items(values).filter((value) => (f as Fn)(value)),
  reduce: (values, f) => items(values).reduce((a, b) => (f as Fn)(a, b)),
  append: (values, value) => [...items(values), value],
  concat: (a, b) => (typeof a === "string" ? a + String(b) : [...items(a), ...items(b)]),
  split: (text, separator) => (text as string).split(separator as string),
  words: (text) => (text as string).split(" "),
  toUpperCase: (text) => (text as string).toUpperCase(),
  toLowerCase: (text) => (text as string).toLowerCase(),
  contains: (values, value) =>
    typeof values === "string" ? values.includes(String(value)) : items(values).includes(value),
  swap: (pair) => {
    const [a, b] = pair as [unknown, unknown];
    return [b, a];
  },
};
