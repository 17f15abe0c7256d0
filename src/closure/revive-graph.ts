/**
 * Makes live values of a graph's nodes. Objects are made hollow and filled afterwards, so that cycles close; functions
 * get their captured variables in the same second step.
 */
import { createRequire } from "node:module";
import { MillraceError } from "../errors.ts";
import {
  ACCESSOR,
  CONFIGURABLE,
  ENUMERABLE,
  type FunctionNode,
  type GraphNode,
  type KeyRef,
  type Property,
  type Ref,
  type Shape,
  WRITABLE,
} from "./graph.ts";
import { HIDDEN_INTRINSICS } from "./intrinsics.ts";
import { importFrom, type LoadedModules } from "./module-loader.ts";
import {
  constructSilently,
  importMeta,
  insiderOf,
  makeFunction,
  stampPrivates,
  writePrivate,
} from "./revive-function.ts";
import { numberedSymbol } from "./symbols.ts";
import { withoutVite } from "./vite.ts";

type CellNode = Extract<GraphNode, { kind: "cell" }>;

/** A captured variable that functions share. */
export interface Cell {
  v: unknown;
}

/** What a thread, or a task, has of functions and variables already, by what makes two shipments the same. */
export interface Registry {
  find(node: FunctionNode): Function | undefined;
  keep(node: FunctionNode, made: Function): void;
  findCell(node: CellNode): Cell | undefined;
  keepCell(node: CellNode, made: Cell): void;
}

/** Where else a value may come from: undefined to make it here. */
export type Elsewhere = (index: number) => { readonly value: unknown } | undefined;

const UNMADE = Symbol("unmade");

export class GraphReviver {
  readonly #nodes: readonly GraphNode[];
  readonly #modules: LoadedModules;
  readonly #registry: Registry;
  readonly #elsewhere: Elsewhere;
  readonly #values: unknown[];
  readonly #beingMade = new Set<number>();
  readonly #made: [FunctionNode, Function][] = [];
  #unfilled: (() => void)[] = [];

  constructor(nodes: readonly GraphNode[], modules: LoadedModules, registry: Registry, elsewhere: Elsewhere) {
    this.#nodes = nodes;
    this.#modules = modules;
    this.#registry = registry;
    this.#elsewhere = elsewhere;
    this.#values = new Array(nodes.length).fill(UNMADE);
  }

  /** The finished value of a reference. */
  revive(ref: Ref): unknown {
    const value = this.#value(ref);
    this.#fillAll();
    // Only now, for a function that could not be filled must not be found by another closure.
    for (const [node, made] of this.#made.splice(0)) this.#registry.keep(node, made);
    return value;
  }

  /** The value of a reference, perhaps hollow still. */
  #value(ref: Ref): unknown {
    if (typeof ref === "number") {
      const value = this.#values[ref];
      return value === UNMADE ? this.#make(ref) : value;
    }
    if ("value" in ref) return ref.value;
    return "registered" in ref ? Symbol.for(ref.registered) : Reflect.get(Symbol, ref.wellKnown);
  }

  #fillAll(): void {
    while (this.#unfilled.length > 0) {
      const fillers = this.#unfilled;
      this.#unfilled = [];
      for (const fill of fillers) fill();
    }
  }

  #later(fill: () => void): void {
    this.#unfilled.push(fill);
  }

  #make(index: number): unknown {
    if (this.#beingMade.has(index)) {
      throw new MillraceError(
        "UNSHIPPABLE_CLOSURE",
        "a class needs itself, through a computed name of a member, to be made",
        {
          remedy: "Compute the name before the class, into a const.",
        },
      );
    }
    const elsewhere = this.#elsewhere(index);
    if (elsewhere) return this.#settle(index, elsewhere.value);
    this.#beingMade.add(index);
    const node = this.#nodes[index]!;
    const value = node.kind === "function" ? this.#makeFunction(node) : this.#makeObject(node);
    this.#beingMade.delete(index);
    return this.#settle(index, value);
  }

  #settle(index: number, value: unknown): unknown {
    this.#values[index] = value;
    return value;
  }

  #makeFunction(node: FunctionNode): Function {
    const known = this.#registry.find(node);
    if (known) return known;
    const eager = node.captures.slice(0, node.eager).map((ref) => this.#value(ref));
    if (eager.length > 0) this.#fillAll();
    const { made, set, setSuper } = makeFunction(node, {
      thisValue: node.thisValue === undefined ? undefined : this.#value(node.thisValue),
      superclass: node.superclass === undefined ? undefined : this.#value(node.superclass),
      eager,
    });
    this.#made.push([node, made]);
    // A class that extends this function reads its `prototype` at once.
    const prototype = node.properties?.find(([key]) => key === "prototype");
    if (prototype) this.#define(made, prototype);
    this.#later(() => {
      set(node.captures.map((ref) => this.#value(ref)));
      if (node.superObject !== undefined) setSuper(this.#value(node.superObject) as object | null);
      this.#shape(made, node);
      if (node.onPrototype) this.#shape(made.prototype, node.onPrototype);
    });
    return made;
  }

  #makeObject(node: Exclude<GraphNode, FunctionNode>): unknown {
    switch (node.kind) {
      case "data":
        return node.value;
      case "symbol":
        return numberedSymbol(node);
      case "global":
        return followPath(node.path);
      case "import":
        return this.#modules.exportOf(node);
      case "require":
        return createRequire(node.from);
      case "importer":
        return (specifier: string) => importFrom(node.from, withoutVite(specifier, node.from));
      case "meta":
        return importMeta(node.from);
      case "alias":
        return this.#value(node.of);
      case "prototype":
        return (this.#value(node.of) as Function).prototype;
      case "insider":
        return insiderOf(this.#value(node.of) as Function, node.position, node.name);
      case "bound": {
        const args = node.args.map((ref) => this.#value(ref));
        return Function.prototype.bind.call(this.#value(node.target) as Function, this.#value(node.thisValue), ...args);
      }
      case "arraybuffer":
        return node.bytes;
      case "cell": {
        const known = this.#registry.findCell(node);
        if (known) return known;
        const cell: Cell = { v: undefined };
        this.#registry.keepCell(node, cell);
        this.#later(() => {
          cell.v = this.#value(node.value);
        });
        return cell;
      }
      case "weakmap": {
        const map = new WeakMap<object, unknown>();
        this.#later(() => {
          for (const [key, value] of node.entries) map.set(this.#value(key) as object, this.#value(value));
        });
        return map;
      }
      case "weakset": {
        const set = new WeakSet<object>();
        this.#later(() => {
          for (const member of node.members) set.add(this.#value(member) as object);
        });
        return set;
      }
      default:
        return this.#makeShaped(node);
    }
  }

  #makeShaped(node: Extract<GraphNode, Shape> & { kind: string }): object {
    const [first] = node.privates ?? [];
    const isOfBaseClass = node.kind === "object" && first !== undefined && !this.#isDerived(first.owner);
    const object = isOfBaseClass
      ? constructSilently(this.#value(first.owner) as Function)
      : this.#hollow(node as ShapedNode);
    for (const { owner } of node.privates?.slice(isOfBaseClass ? 1 : 0) ?? []) {
      stampPrivates(this.#value(owner) as Function, object);
    }
    // The classes that gave it private fields gave it public ones too, empty.
    if (first) for (const key of Reflect.ownKeys(object)) Reflect.deleteProperty(object, key);
    // An object of a base class, made by the class, is not a plain one.
    if (isOfBaseClass && node.prototype === undefined) Object.setPrototypeOf(object, Object.prototype);
    this.#later(() => this.#shape(object, node));
    return object;
  }

  #isDerived(owner: Ref): boolean {
    const node = typeof owner === "number" ? this.#nodes[owner] : undefined;
    return node?.kind === "function" && node.superclass !== undefined;
  }

  #hollow(node: ShapedNode): object {
    switch (node.kind) {
      case "object":
        return {};
      case "array":
        return new Array(node.length);
      case "date":
        return new Date(node.time);
      case "regexp":
        return new RegExp(node.source, node.flags);
      case "error": {
        const error = new Error();
        for (const key of Reflect.ownKeys(error)) Reflect.deleteProperty(error, key);
        return error;
      }
      case "boxed":
        return Object(this.#value(node.of));
      case "buffer":
        return Buffer.from(node.bytes);
      case "view":
        return Reflect.construct(Reflect.get(globalThis, node.type), [
          this.#value(node.buffer),
          node.offset,
          node.length,
        ]);
      case "construct":
        return Reflect.construct(followPath(node.path) as Function, node.args);
      case "map": {
        const map = new Map<unknown, unknown>();
        this.#later(() => {
          for (const [key, value] of node.entries) map.set(this.#value(key), this.#value(value));
        });
        return map;
      }
      case "set": {
        const set = new Set<unknown>();
        this.#later(() => {
          for (const member of node.members) set.add(this.#value(member));
        });
        return set;
      }
    }
  }

  #shape(object: object, { prototype, properties = [], integrity, privates = [] }: Shape): void {
    if (prototype !== undefined) Object.setPrototypeOf(object, this.#value(prototype) as object | null);
    for (const property of properties) this.#define(object, property);
    for (const { owner, fields } of privates) {
      for (const [name, ref] of fields) writePrivate(this.#value(owner) as Function, object, name, this.#value(ref));
    }
    if (integrity === "frozen") Object.freeze(object);
    else if (integrity === "sealed") Object.seal(object);
    else if (integrity === "closed") Object.preventExtensions(object);
  }

  #define(object: object, [key, attributes, ref, setter]: Property): void {
    const common = { enumerable: (attributes & ENUMERABLE) !== 0, configurable: (attributes & CONFIGURABLE) !== 0 };
    const value = this.#value(ref);
    Object.defineProperty(
      object,
      this.#key(key),
      attributes & ACCESSOR
        ? { ...common, get: value as () => unknown, set: this.#value(setter!) as () => void }
        : { ...common, value, writable: (attributes & WRITABLE) !== 0 },
    );
  }

  #key(key: KeyRef): PropertyKey {
    return typeof key === "string" ? key : (this.#value(key) as PropertyKey);
  }
}

type ShapedNode = Extract<
  GraphNode,
  { kind: "object" | "array" | "date" | "regexp" | "error" | "boxed" | "buffer" | "view" | "construct" | "map" | "set" }
>;

function followPath(path: Extract<GraphNode, { kind: "global" }>["path"]): unknown {
  let holder: unknown;
  let at: unknown = globalThis;
  let key: PropertyKey = "";
  for (const step of path) {
    if (typeof step === "object" && "accessor" in step) {
      at = Object.getOwnPropertyDescriptor(holder, key)?.[step.accessor];
      continue;
    }
    key = typeof step === "string" ? step : Reflect.get(Symbol, step.symbol);
    holder = at;
    at = (typeof step === "string" && HIDDEN_INTRINSICS[step]) || Reflect.get(holder as object, key);
  }
  return at;
}
