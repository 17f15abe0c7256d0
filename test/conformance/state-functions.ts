/**
 * The tiny programs of a table that work on a state: `s=(value or 0)+(state or 0); state.update(s); emit s`, `if state.exists:
 * state.remove(); emit key else state.update(value); emit nothing`, `noop: nothing; remove-state: remove`, read into
 * statements. Plain data and pure functions: both travel to the executors.
 */
import type { State } from "millrace";
import { type Expression, evaluate, type Scope } from "./evaluate.ts";
import { parse } from "./expressions.ts";
import { NotYet } from "./not-yet.ts";
import { cut } from "./steps.ts";

export type Statement =
  | { readonly type: "nothing" }
  | { readonly type: "assign"; readonly name: string; readonly value: Expression }
  | { readonly type: "update"; readonly value: Expression }
  | { readonly type: "remove"; readonly when: Expression | undefined }
  | { readonly type: "emit"; readonly value: Expression }
  | {
      readonly type: "if";
      readonly condition: Expression;
      readonly does: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  /** What to do for each value. */
  | { readonly type: "choose"; readonly cases: readonly (readonly [value: string, does: Statement])[] };

/** What a run of statements has done. */
export interface Outcome {
  readonly variables: Scope;
  readonly emitted: unknown;
  readonly removed: boolean;
}

/** A state as statements change it. */
type Changeable = Pick<State<unknown>, "exists" | "getOption" | "update" | "remove" | "isTimingOut">;

export function run(statements: readonly Statement[], variables: Scope, state: Changeable | undefined): Outcome {
  let outcome: Outcome = { variables, emitted: undefined, removed: false };
  for (const statement of statements) outcome = runOne(statement, outcome, state);
  return outcome;
}

function runOne(statement: Statement, outcome: Outcome, state: Changeable | undefined): Outcome {
  const { variables } = outcome;
  const scope =
    state === undefined
      ? variables
      : { ...variables, state: state.getOption(), exists: state.exists(), isTimingOut: state.isTimingOut() };
  switch (statement.type) {
    case "nothing":
      return outcome;
    case "assign":
      return { ...outcome, variables: { ...variables, [statement.name]: evaluate(statement.value, scope) } };
    case "update":
      state?.update(evaluate(statement.value, scope));
      return outcome;
    case "remove":
      if (statement.when !== undefined && !evaluate(statement.when, scope)) return outcome;
      state?.remove();
      return { ...outcome, removed: true };
    case "emit":
      return { ...outcome, emitted: evaluate(statement.value, scope) };
    case "if": {
      const branch = evaluate(statement.condition, scope) ? statement.does : statement.otherwise;
      return branch.reduce((at, each) => runOne(each, at, state), outcome);
    }
    case "choose": {
      const value = String(variables.value);
      const chosen =
        statement.cases.find(([label]) => label === value) ?? statement.cases.find(([label]) => label === "");
      return chosen === undefined ? outcome : runOne(chosen[1], outcome, state);
    }
  }
}

/** Throws `NotYet` for what is not understood. */
export function statements(text: string): Statement[] {
  const trimmed = text.trim();
  const choice = chosen(trimmed);
  if (choice !== undefined) return [choice];
  const condition = /^if\s+(.+?)(?::| then )\s*(.*)$/s.exec(trimmed);
  if (condition !== null) return conditional(condition[1]!, condition[2]!);
  const [first, ...rest] = split(trimmed);
  if (first === undefined) return [];
  return [statement(first), ...statements(rest.join(";"))];
}

/** `A else B`, or `A else {B}; and what follows`. */
function conditional(condition: string, text: string): Statement[] {
  const at = text.search(/\s+else\s+/);
  const [then, otherwise] = at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at).replace(/^\s+else\s+/, "")];
  const block = /^\{([^}]*)\}\s*;?\s*(.*)$/s.exec(otherwise);
  const [inside, after] = block === null ? [otherwise, ""] : [block[1]!, block[2]!];
  return [
    {
      type: "if",
      condition: expression(condition),
      does: statements(then.replace(/^\{|\}$/g, "")),
      otherwise: statements(inside),
    },
    ...statements(after),
  ];
}

function statement(text: string): Statement {
  if (/^(do |emit )?nothing$/.test(text)) return { type: "nothing" };
  const emit = /^(?:emit|output|return)\s+(.*)$/s.exec(text);
  if (emit !== null) return { type: "emit", value: expression(emit[1]!) };
  const remove = /^(?:state\.)?remove(?:\(\)| the key)?(?:\s+(?:when|if)\s+(.*))?$/s.exec(text);
  if (remove !== null) return { type: "remove", when: remove[1] === undefined ? undefined : expression(remove[1]) };
  const update = /^(?:state\.)?update\((.*)\)$/s.exec(text);
  if (update !== null) return { type: "update", value: expression(update[1]!) };
  const [, name, operator, value] = /^(\w+)\s*([-+*]?)=\s*(.*)$/s.exec(text) ?? [];
  if (name !== undefined) {
    return { type: "assign", name, value: expression(operator === "" ? value! : `${name}${operator}(${value})`) };
  }
  const [, some, none] = /^(.*)\s+if (?:it|state) exists(?: else (.*))?$/s.exec(text) ?? [];
  if (some !== undefined) {
    return { type: "update", value: expression(`if exists then ${some} else ${none ?? "none"}`) };
  }
  throw new NotYet(`the statement "${text}"`);
}

/** `noop: nothing; data 2: remove; else nothing`: what to do for each value. */
function chosen(text: string): Statement | undefined {
  const parts = split(text);
  const cases = parts.map((part) => {
    const [, label, otherwise, does] = /^(?:(?:data )?([\w-]+):|(else))\s+(.*)$/s.exec(part) ?? [];
    if (does === undefined || label === "if") return undefined;
    return [otherwise === undefined ? label! : "", does] as const;
  });
  if (cases.length === 0 || cases.includes(undefined)) return undefined;
  return {
    type: "choose",
    cases: (cases as (readonly [string, string])[]).map(([label, does]) => [label, statement(does)] as const),
  };
}

function split(text: string): string[] {
  return cut(text.replaceAll("{", "(").replaceAll("}", ")"), ";");
}

function expression(text: string): Expression {
  const plain = text
    .replace(/\bstate\.(exists|isTimingOut)(\(\))?/g, "$1")
    .replace(/\bstate\.(get|getOption)(\(\))?/g, "state")
    .replace(/\b(\w+) (?:is )?non-?empty\b/gi, "nonEmpty($1)")
    .replace(/\bvalue (?:is )?(?:defined|present)\b/g, "value != none")
    .replace(/\bvalue (?:is )?(?:absent|none|missing)\b/g, "value == none");
  return parse(plain);
}
