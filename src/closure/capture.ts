/**
 * Captures a function by value: everything it reaches, as a graph of nodes.
 *
 * One {@link Capture} is one walk. It is made twice for most closures: when the operator is called, to refuse what
 * cannot travel while the user's line is on the stack, and when the values are taken.
 */
import type { CallSite } from "../core/call-site.ts";
import { isMillraceError, withPlace } from "../errors.ts";
import { type BindingUse, type FunctionDraft, finishFunctions } from "./bindings.ts";
import { encodeFunction } from "./capture-function.ts";
import { encodeObject } from "./capture-object.ts";
import type { ClosureGraph, GraphNode, Inline, Ref } from "./graph.ts";
import { identityOf, makesObjects } from "./identity.ts";
import { releaseHandles } from "./inspector-session.ts";
import { globalPath } from "./intrinsics.ts";
import { PurityCheck } from "./pure-data.ts";
import { Trail } from "./refusal.ts";
import { plainPath } from "./scripts.ts";
import { inlineSymbol } from "./symbols.ts";
import { stampVersions } from "./versions.ts";

export type Purpose =
  /** Look for what cannot travel. A variable that is not initialised yet is passed over. */
  | "check"
  /** Take the values. */
  | "ship";

export class Capture {
  readonly purpose: Purpose;
  readonly trail: Trail;
  readonly drafts: FunctionDraft[] = [];
  /** The objects for which something else is sent. */
  readonly standIns: object[] = [];
  /** The objects at whose properties methods have been met. */
  readonly homes = new Map<Function, object>();
  readonly bindings = new Map<string, BindingUse[]>();
  readonly #nodes: GraphNode[] = [];
  readonly #indices = new Map<unknown, number>();
  readonly #weak: WeakCollection[] = [];
  readonly #purity = new PurityCheck();
  readonly #references = new Map<string, number>();

  constructor(purpose: Purpose, site: CallSite) {
    this.purpose = purpose;
    this.trail = new Trail(site);
  }

  /** The reference to a value, whose graph is encoded on the first encounter. */
  ref(value: unknown): Ref {
    if (typeof value === "symbol") return inlineSymbol(value) ?? this.#once(value, () => symbolNode(value));
    if ((typeof value !== "object" && typeof value !== "function") || value === null) {
      return { value: value as Exclude<Inline, { registered: string } | { wellKnown: string }>["value"] };
    }
    return this.#once(value, (index) => this.#encode(value, index));
  }

  /** As {@link ref}, one step further on the trail. */
  refAt(label: string, key: PropertyKey, value: unknown): Ref {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    return isObject ? this.trail.at(label, key, value, () => this.ref(value)) : this.ref(value);
  }

  /** A node that stands for no object here, made once for each `key`. */
  reference(key: string, node: GraphNode): number {
    let index = this.#references.get(key);
    if (index === undefined) {
      index = this.add(node);
      this.#references.set(key, index);
    }
    return index;
  }

  add(node: GraphNode): number {
    return this.#nodes.push(node) - 1;
  }

  node(index: number): GraphNode {
    return this.#nodes[index]!;
  }

  replace(index: number, node: GraphNode): void {
    this.#nodes[index] = node;
  }

  /** Only entries whose keys are shipped can ever be looked up, and which those are shows at the end. */
  deferWeak(collection: WeakCollection): void {
    this.#weak.push(collection);
  }

  /** The whole graph, once the root has been encoded. */
  finish(root: Ref): ClosureGraph {
    this.#fillWeak();
    if (this.purpose === "ship") {
      finishFunctions(this);
      stampVersions(this.#nodes);
    }
    return { nodes: this.#nodes, root };
  }

  #once(value: unknown, encode: (index: number) => GraphNode): number {
    const known = this.#indices.get(value);
    if (known !== undefined) return known;
    const index = this.add(UNFINISHED);
    this.#indices.set(value, index);
    this.#nodes[index] = encode(index);
    return index;
  }

  #encode(value: object, index: number): GraphNode {
    const path = globalPath(value);
    if (path) return { kind: "global", path };
    if (typeof value === "function") return encodeFunction(this, value, index);
    if (this.#purity.isPure(value)) return { kind: "data", value };
    return encodeObject(this, value);
  }

  #fillWeak(): void {
    for (let found = true; found; ) {
      found = false;
      for (const { has, seen, note } of this.#weak) {
        for (const [key, index] of [...this.#indices]) {
          if (seen.has(index) || !has(key)) continue;
          seen.add(index);
          note(key as object, index);
          found = true;
        }
      }
    }
  }
}

export interface WeakCollection {
  readonly has: (key: unknown) => boolean;
  readonly note: (key: object, index: number) => void;
  readonly seen: Set<number>;
}

const UNFINISHED: GraphNode = { kind: "data", value: undefined };

function symbolNode(symbol: symbol): GraphNode {
  return { kind: "symbol", id: identityOf(symbol), description: symbol.description };
}

export interface Captured {
  readonly graph: ClosureGraph;
  /** The names of captured variables that the code assigns. */
  readonly assigned: readonly string[];
  /** The place of the function, as `file:line:column`; empty for one that is not of the user's code. */
  readonly location: string;
  /** The classes and constructor functions that are sent by value. */
  readonly classes: readonly Function[];
  /** The objects that send something else in their place. */
  readonly standIns: readonly object[];
}

/** @throws {MillraceError} UNSHIPPABLE_CLOSURE or CONTEXT_IN_CLOSURE, with the way to the culprit */
export function captureGraph(f: Function, site: CallSite, purpose: Purpose): Captured {
  const capture = new Capture(purpose, site);
  try {
    const graph = capture.finish(capture.ref(f));
    const assigned = new Set(
      capture.drafts.flatMap(({ captured }) => captured.filter((one) => one.assigned).map(({ name }) => name)),
    );
    const root = capture.drafts.find((draft) => draft.f === f);
    const location = root ? `${plainPath(root.script.url)}:${root.location.line + 1}:${root.location.column + 1}` : "";
    const classes = capture.drafts.map((draft) => draft.f).filter(makesObjects);
    return { graph, assigned: [...assigned], location, classes, standIns: capture.standIns };
  } catch (error) {
    if (isMillraceError(error, "PERMISSION_DENIED"))
      throw withPlace(error, { operator: site.operator, site: site.location });
    if (!(error instanceof RangeError)) throw error;
    return new Trail(site).refuse(
      "it captures data nested too deeply to be walked",
      "Flatten it: keep the items of a long chain in an array.",
    );
  } finally {
    releaseHandles();
  }
}
