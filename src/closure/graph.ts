/**
 * What crosses threads when a function is shipped: a table of nodes, one for each object that the function reaches.
 *
 * Only this file's types go over the wire, by `v8.serialize`. A node refers to others by their index, so cycles and
 * shared objects need nothing special, and a graph needs nothing outside itself to be revived.
 */
import type { LiteralShape } from "../core/record-shape.ts";

/** A value: the index of a node, or a primitive in place. */
export type Ref = number | Inline;

export type Inline =
  | { readonly value: string | number | bigint | boolean | null | undefined }
  /** A symbol every thread has: `Symbol.for(key)`, or a well-known one as `Symbol.iterator`. */
  | { readonly registered: string }
  | { readonly wellKnown: string };

/** A property key: itself when it is a string, else a reference to the symbol. */
export type KeyRef = string | Ref;

/** Attributes of a property, as bits. */
export const ENUMERABLE = 1;
export const CONFIGURABLE = 2;
export const WRITABLE = 4;
/** The property is an accessor; the value is its getter, and the setter follows. */
export const ACCESSOR = 8;

export type Property = readonly [key: KeyRef, attributes: number, value: Ref, setter?: Ref];

/** What any object may have besides its contents. Absent parts are those that a newly made object of the kind has. */
export interface Shape {
  readonly prototype?: Ref;
  readonly properties?: readonly Property[];
  readonly integrity?: "frozen" | "sealed" | "closed";
  readonly privates?: readonly PrivateFields[];
}

/** The `#private` fields that one class of an object's chain gave it. */
export interface PrivateFields {
  readonly owner: Ref;
  readonly fields: readonly (readonly [name: string, value: Ref])[];
}

/** A step from an object to one of its parts. */
export type PathStep = string | { readonly symbol: string } | { readonly accessor: "get" | "set" };

export interface FunctionNode extends Shape {
  readonly kind: "function";
  /** The function's number, the same in every closure that reaches it; see identity.ts. */
  readonly id: number;
  /** Two shipments with one version are interchangeable; undefined where that was too dear to find out. See versions.ts. */
  readonly version?: string;
  readonly isClass: boolean;
  readonly name?: string;
  /** The source, as a body for `vm.compileFunction` with `parameters`, its first line being `line` of `url`. */
  readonly body: string;
  readonly parameters: readonly string[];
  readonly url: string;
  readonly line: number;
  /** The values of the first `captures.length` parameters. */
  readonly captures: readonly Ref[];
  /** How many of them, from the first, the body reads as soon as it runs, as for a computed key. */
  readonly eager: number;
  /** Positions in `captures` of the variables that the code assigns. A function that has some is made anew for each task. */
  readonly assigned: readonly number[];
  /** What it returns, where its text says so; see result-shape.ts. */
  readonly returns?: LiteralShape;
  /** The `this` of the code around an arrow function. */
  readonly thisValue?: Ref;
  readonly superclass?: Ref;
  /** For a method of an object literal that uses `super`: where that looks. */
  readonly superObject?: Ref;
  /** For a function whose `prototype` is the object it was born with: what was changed on it. */
  readonly onPrototype?: Shape;
}

export type GraphNode =
  /** Arrays and plain objects all the way down, which v8.serialize copies exactly and quickly. */
  | { readonly kind: "data"; readonly value: unknown }
  | { readonly kind: "symbol"; readonly id: number; readonly description: string | undefined }
  | { readonly kind: "global"; readonly path: readonly PathStep[] }
  /** Something exported by a module, which the executor loads as the file `from` would. */
  | {
      readonly kind: "import";
      readonly specifier: string;
      readonly from: string;
      readonly via: "import" | "require";
      readonly path: readonly string[];
    }
  /** What the module `from` has of its own: `require`, `import()` or `import.meta`, where those are variables. */
  | { readonly kind: "require" | "importer" | "meta"; readonly from: string }
  | { readonly kind: "alias"; readonly of: Ref }
  /**
   * A captured variable that shipped code assigns. `owners` says whose variable it is: two cells that have an owner in
   * common, in whatever closures, are one variable in a task.
   */
  | { readonly kind: "cell"; readonly owners: readonly string[]; readonly value: Ref }
  | ({ readonly kind: "object" } & Shape)
  | ({ readonly kind: "array"; readonly length: number } & Shape)
  | ({ readonly kind: "date"; readonly time: number } & Shape)
  | ({ readonly kind: "regexp"; readonly source: string; readonly flags: string } & Shape)
  | ({ readonly kind: "map"; readonly entries: readonly (readonly [Ref, Ref])[] } & Shape)
  | ({ readonly kind: "set"; readonly members: readonly Ref[] } & Shape)
  | ({ readonly kind: "error" } & Shape)
  | ({ readonly kind: "boxed"; readonly of: Ref } & Shape)
  | { readonly kind: "weakmap"; readonly entries: (readonly [Ref, Ref])[] }
  | { readonly kind: "weakset"; readonly members: Ref[] }
  | { readonly kind: "arraybuffer"; readonly bytes: ArrayBuffer }
  | ({
      readonly kind: "view";
      readonly type: string;
      readonly buffer: Ref;
      readonly offset: number;
      readonly length: number;
    } & Shape)
  | ({ readonly kind: "buffer"; readonly bytes: ArrayBuffer } & Shape)
  /** An object of the platform made again by its constructor, as a URL. */
  | ({ readonly kind: "construct"; readonly path: readonly string[]; readonly args: readonly unknown[] } & Shape)
  /** The `prototype` object that a function or class was born with. */
  | { readonly kind: "prototype"; readonly of: Ref }
  /** A function of a class's static field that uses its private names: the class, made, hands it out. */
  | { readonly kind: "insider"; readonly of: Ref; readonly position: number; readonly name: string }
  | { readonly kind: "bound"; readonly target: Ref; readonly thisValue: Ref; readonly args: readonly Ref[] }
  | FunctionNode;

export interface ClosureGraph {
  readonly nodes: readonly GraphNode[];
  readonly root: Ref;
}

/** The same node with every reference replaced. They come in a fixed order, so this also serves to visit them. */
export function mapRefs(node: GraphNode, map: (ref: Ref) => Ref): GraphNode {
  const shaped = { ...node, ...mapShape(node as Shape, map) } as GraphNode;
  switch (shaped.kind) {
    case "alias":
    case "boxed":
    case "prototype":
    case "insider":
      return { ...shaped, of: map(shaped.of) };
    case "cell":
      return { ...shaped, value: map(shaped.value) };
    case "map":
    case "weakmap":
      return { ...shaped, entries: shaped.entries.map(([key, value]) => [map(key), map(value)] as const) };
    case "set":
    case "weakset":
      return { ...shaped, members: shaped.members.map(map) };
    case "view":
      return { ...shaped, buffer: map(shaped.buffer) };
    case "bound":
      return { ...shaped, target: map(shaped.target), thisValue: map(shaped.thisValue), args: shaped.args.map(map) };
    case "function": {
      const { captures, thisValue, superclass, superObject, onPrototype } = shaped;
      return {
        ...shaped,
        captures: captures.map(map),
        ...(thisValue !== undefined && { thisValue: map(thisValue) }),
        ...(superclass !== undefined && { superclass: map(superclass) }),
        ...(superObject !== undefined && { superObject: map(superObject) }),
        ...(onPrototype && { onPrototype: mapShape(onPrototype, map) }),
      };
    }
    default:
      return shaped;
  }
}

function mapShape({ prototype, properties, integrity, privates }: Shape, map: (ref: Ref) => Ref): Shape {
  const mapProperty = ([key, attributes, value, ...setter]: Property): Property => {
    const mapped = [typeof key === "string" ? key : map(key), attributes, map(value)] as const;
    return setter.length ? [...mapped, map(setter[0]!)] : mapped;
  };
  const mapPrivates = ({ owner, fields }: PrivateFields): PrivateFields => ({
    owner: map(owner),
    fields: fields.map(([name, value]) => [name, map(value)] as const),
  });
  return {
    ...(prototype !== undefined && { prototype: map(prototype) }),
    ...(properties && { properties: properties.map(mapProperty) }),
    ...(integrity && { integrity }),
    ...(privates && { privates: privates.map(mapPrivates) }),
  };
}

/** The indices of the nodes that a node refers to. */
export function targetsOf(node: GraphNode): number[] {
  const targets: number[] = [];
  mapRefs(node, (ref) => {
    if (typeof ref === "number") targets.push(ref);
    return ref;
  });
  return targets;
}
