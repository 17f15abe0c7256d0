/** Functions as they leave the driver. */
import v8 from "node:v8";
import type { CallSite } from "../core/call-site.ts";
import { captureGraph } from "./capture.ts";
import type { ClosureGraph } from "./graph.ts";
import { identityOf } from "./identity.ts";

/** A function with the values it closes over, taken once. */
export interface ShippedClosure {
  readonly id: number;
  /** What a Reviver makes the function of, in this process or another. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The captured variables that shipped code assigns: they are made anew for each task. */
  readonly assigned: readonly string[];
  /** Where the function is in the user's program, as `file:line:column`. */
  readonly location: string;
  readonly name: string;
  /** The classes that it brings along. While the function is there, so are they: records may name them. */
  readonly classes: readonly Function[];
  /** What it captures that sends something else in its place, as broadcasts do. They live as long as the function. */
  readonly standIns: readonly object[];
}

export type UserFunction = (...args: never[]) => unknown;

const checked = new WeakSet<UserFunction>();
const shipped = new WeakMap<UserFunction, ShippedClosure>();

/**
 * Refuses a function that cannot travel, while the call of the operator is on the stack. A captured variable that is
 * not initialised yet is passed over, for the first job may well come later. Keeps no values.
 *
 * @throws {MillraceError} UNSHIPPABLE_CLOSURE or CONTEXT_IN_CLOSURE
 */
export function checkClosure(f: UserFunction, site: CallSite): void {
  if (checked.has(f) || shipped.has(f)) return;
  captureGraph(f, site, "check");
  checked.add(f);
}

/**
 * Takes the closure's values now. A function object is captured once: later calls return what the first one did, and
 * later changes of captured variables are not seen.
 *
 * @throws {MillraceError} UNSHIPPABLE_CLOSURE or CONTEXT_IN_CLOSURE
 */
export function shipClosure(f: UserFunction, site: CallSite): ShippedClosure {
  let closure = shipped.get(f);
  if (closure === undefined) {
    closure = ship(f, site);
    shipped.set(f, closure);
  }
  return closure;
}

function ship(f: UserFunction, site: CallSite): ShippedClosure {
  const { graph, assigned, location, classes, standIns } = captureGraph(f, site, "ship");
  return { id: identityOf(f), bytes: serialize(graph), assigned, location, name: f.name, classes, standIns };
}

function serialize(graph: ClosureGraph): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = v8.serialize(graph);
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
