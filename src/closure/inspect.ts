/** What the inspector tells of one live function or object. */
import type { Runtime } from "node:inspector";
import { ask, handleOf, liveValue, valueBehind } from "./inspector-session.ts";

export interface FunctionFacts {
  /** Where its parameters begin, counting from 0; undefined for a function that is not JavaScript. */
  readonly location: { readonly scriptId: string; readonly line: number; readonly column: number } | undefined;
  /** The scopes it closes over, innermost first, without the global one. They are copies of the variables' present values. */
  scopes(): readonly Scope[];
}

export interface Scope {
  /** As V8 puts it: `Closure (makeCounter)`, `Block`, `Module`. */
  readonly description: string;
  /** How many scopes lie further out: the same number whichever function the scope is reached from. */
  readonly height: number;
  /** One property a variable. Reading one that is not initialised yet throws. */
  readonly variables: Readonly<Record<string, unknown>>;
}

export function inspectFunction(f: Function): FunctionFacts {
  const internals = internalsOf(f);
  const place = internals.get("[[FunctionLocation]]")?.value as
    | { scriptId: string; lineNumber: number; columnNumber: number }
    | undefined;
  const scopes = internals.get("[[Scopes]]")?.objectId;
  return {
    location: place && { scriptId: place.scriptId, line: place.lineNumber, column: place.columnNumber },
    scopes: () => (scopes === undefined ? [] : readScopes(scopes)),
  };
}

function readScopes(handle: string): Scope[] {
  const chain = valueBehind(handle) as { description: string; object: Record<string, unknown> }[];
  return Array.from(chain, ({ description, object }, index) => ({
    description,
    height: chain.length - index,
    variables: object,
  })).filter(({ description }) => description !== "Global");
}

export interface BoundParts {
  readonly target: Function;
  readonly thisValue: unknown;
  readonly args: readonly unknown[];
}

/** What `bind` was given, if `f` came from it. */
export function boundParts(f: Function): BoundParts | undefined {
  const internals = internalsOf(f);
  const part = (name: string) => internals.has(name) && liveValue(internals.get(name)!);
  const target = part("[[TargetFunction]]");
  if (typeof target !== "function") return undefined;
  return { target, thisValue: part("[[BoundThis]]"), args: Array.from(part("[[BoundArgs]]") as unknown[]) };
}

/** The `#private` members of an object with their values, those of the base class first; methods too, accessors not. */
export function privateMembersOf(object: object): (readonly [name: string, value: unknown])[] {
  const reply = ask("Runtime.getProperties", { objectId: handleOf(object), ownProperties: true });
  const { privateProperties = [] } = reply as { privateProperties?: Runtime.InternalPropertyDescriptor[] };
  return privateProperties.flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, liveValue(value)] as const],
  );
}

function internalsOf(value: object): Map<string, Runtime.RemoteObject> {
  const reply = ask("Runtime.getProperties", { objectId: handleOf(value), ownProperties: true });
  return new Map(reply.internalProperties?.flatMap(({ name, value }) => (value ? [[name, value]] : [])));
}

/** Whether a long array has own properties besides its elements and `length`, in a time that does not depend on its length. */
export function hasNamedProperties(array: readonly unknown[]): boolean {
  const params = { objectId: handleOf(array), ownProperties: true, nonIndexedPropertiesOnly: true };
  return ask("Runtime.getProperties", params).result.some(({ name }) => name !== "length");
}
