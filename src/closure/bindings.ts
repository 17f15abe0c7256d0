/**
 * Captured variables that shipped functions share. Each function is made by a factory of its own, with variables of its
 * own; that is the same as sharing one as long as nobody assigns it. Where somebody does, they share a cell: also one
 * that no other function of this closure uses, for one of another closure may.
 */
import type { Capture } from "./capture.ts";
import type { CapturedVariable } from "./capture-function.ts";
import { evaluateInScope } from "./evaluate-in-scope.ts";
import { type FunctionCode, render } from "./function-code.ts";
import type { FunctionNode, Ref } from "./graph.ts";
import { identityOf } from "./identity.ts";
import { type FunctionFacts, inspectFunction } from "./inspect.ts";
import { nameOf } from "./refusal.ts";
import type { Script } from "./scripts.ts";

/** One function's capture of a variable. Those with the same `binding` name may mean the same variable. */
export interface BindingUse {
  readonly f: Function;
  /** The function's node. */
  readonly index: number;
  readonly name: string;
  readonly assigned: boolean;
  readonly ref: Ref;
}

/** A function whose node awaits its code. */
export interface FunctionDraft {
  readonly index: number;
  readonly f: Function;
  readonly code: FunctionCode;
  readonly script: Script;
  readonly location: NonNullable<FunctionFacts["location"]>;
  readonly captured: readonly CapturedVariable[];
  /** Computed names of a class's methods. */
  readonly names: readonly CapturedVariable[];
  readonly thisValue: Ref | undefined;
}

/** Gives every function node its code, now that it shows which variables are shared. */
export function finishFunctions(capture: Capture): void {
  const cells = shareCells(capture);
  for (const draft of capture.drafts) {
    const node = capture.node(draft.index) as FunctionNode;
    capture.replace(draft.index, { ...node, ...finish(draft, cells.get(draft.index) ?? new Map()) });
  }
}

function finish(draft: FunctionDraft, cells: ReadonlyMap<string, number>) {
  const { f, code, script, location, thisValue } = draft;
  const [early, late] = [true, false].map((isEager) =>
    draft.captured.filter(({ name }) => code.eager.has(name) === isEager),
  );
  const captured = [...draft.names, ...early!, ...late!];
  const isClass = code.classParts !== undefined;
  const { line, column } = script.startOf(code.text, location.line, location.column);
  const strict = isClass || isStrict(f, script);
  const names = captured.map(({ name }) => name);
  return {
    ...render(code, names, new Set(cells.keys()), strict, column),
    id: identityOf(f),
    isClass,
    ...(typeof Object.getOwnPropertyDescriptor(f, "name")?.value === "string" && { name: nameOf(f) }),
    url: script.url,
    line,
    captures: captured.map(({ name, ref }) => cells.get(name) ?? ref),
    eager: draft.names.length + early!.length,
    assigned: captured.flatMap(({ assigned }, position) => (assigned ? [position] : [])),
    ...(thisValue !== undefined && { thisValue }),
    ...(code.returns !== undefined && { returns: code.returns }),
  };
}

/** V8 gives these two properties to sloppy functions; arrows and methods have neither, and follow their script. */
function isStrict(f: Function, script: Script): boolean {
  if (Object.hasOwn(f, "caller")) return false;
  return Object.hasOwn(f, "prototype") || script.facts.strict;
}

/** For each function that captures assigned variables, their cells by name. */
function shareCells(capture: Capture): Map<number, Map<string, number>> {
  const cells = new Map<number, Map<string, number>>();
  for (const [binding, uses] of capture.bindings) {
    if (!uses.some(({ assigned }) => assigned)) continue;
    // A module runs once, so its variables exist once; of others there is one for each time their scope was entered.
    const isOfModule = binding.includes(":Module:");
    const groups = isOfModule ? [uses] : byVariable(uses);
    for (const group of groups) {
      if (!group.some(({ assigned }) => assigned)) continue;
      const owners = isOfModule ? [binding] : group.map(({ f, name }) => `${identityOf(f)} ${name}`);
      const cell = capture.add({ kind: "cell", owners, value: group[0]!.ref });
      for (const { index, name } of group) {
        const own = cells.get(index) ?? new Map<string, number>();
        cells.set(index, own.set(name, cell));
      }
    }
  }
  return cells;
}

/** Tells apart variables of one name: one function puts a mark in its own, and those who see the mark share it. */
function byVariable(uses: readonly BindingUse[]): BindingUse[][] {
  const groups: BindingUse[][] = [];
  let rest = uses;
  while (rest.length > 1) {
    const group = usesOfOneVariable(rest);
    groups.push(group);
    rest = rest.filter((use) => !group.includes(use));
  }
  return rest.length === 0 ? groups : [...groups, [...rest]];
}

/** All of them, where none can be entered: those are classes that have no method. */
function usesOfOneVariable(uses: readonly BindingUse[]): BindingUse[] {
  for (const { f, name } of uses) {
    const mark = Symbol(name);
    const entered = insider(f);
    const marked = evaluateInScope(entered, `($.kept = ${name}, ${name} = $.given)`, mark);
    if (!marked.ok) continue;
    try {
      return uses.filter((use) => valueIn(use) === mark);
    } finally {
      evaluateInScope(entered, `(${name} = $.given)`, marked.kept);
    }
  }
  return [...uses];
}

function valueIn({ f, name }: BindingUse): unknown {
  const scope = inspectFunction(f)
    .scopes()
    .find(({ variables }) => Object.hasOwn(variables, name));
  return scope?.variables[name];
}

/** A function inside the scope of `f` that can be entered: a class cannot be called, its methods can. */
function insider(f: Function): Function {
  if (Object.getOwnPropertyDescriptor(f, "prototype")?.writable !== false) return f;
  const members = [f.prototype, f].flatMap((owner) => Object.values(Object.getOwnPropertyDescriptors(owner)));
  const method = members.find(
    ({ value }) => typeof value === "function" && value !== f && !Object.hasOwn(value, "prototype"),
  );
  return (method?.value as Function | undefined) ?? f;
}
