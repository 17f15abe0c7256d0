/** Objects by value, each kind with what only it has; what all have is in capture-shape.ts. */
import { types } from "node:util";
import type { Capture } from "./capture.ts";
import { shapeOf } from "./capture-shape.ts";
import type { GraphNode } from "./graph.ts";
import { hostClassOf, recipeFor } from "./host-objects.ts";
import { builtinReference, packageModuleReference } from "./modules-by-reference.ts";
import { classNameOf } from "./refusal.ts";

/** A value that has this method decides itself how it travels: it returns what to send in its place, or throws why it must not. */
export const SHIP = Symbol.for("millrace.ship");

/** A view of less than this part of its buffer travels with a copy of the part. */
const WORTH_SLICING = 4;

export function encodeObject(capture: Capture, value: object): GraphNode {
  if (types.isProxy(value)) {
    return capture.trail.refuse("it captures a Proxy, and neither its target nor its handler can be seen");
  }
  const owner: unknown = Object.getOwnPropertyDescriptor(value, "constructor")?.value;
  if (typeof owner === "function" && owner.prototype === value) return encodePrototype(capture, value, owner);
  const ship: unknown = Reflect.get(value, SHIP);
  if (typeof ship === "function") return { kind: "alias", of: shipForm(capture, value, ship) };
  const module = builtinReference(value) ?? packageModuleReference(value);
  if (module) return { kind: "import", ...module, from: "", via: "import" };
  return encodeCollection(capture, value) ?? encodeBinary(capture, value) ?? encodeOther(capture, value);
}

function encodePrototype(capture: Capture, value: object, owner: Function): GraphNode {
  const builtin = builtinReference(value);
  if (builtin) return { kind: "import", ...builtin, from: "", via: "import" };
  return { kind: "prototype", of: capture.refAt("class", "", owner) };
}

function shipForm(capture: Capture, value: object, ship: Function) {
  let form: unknown;
  try {
    form = ship.call(value);
  } catch (reason) {
    capture.trail.refuseAs(reason);
  }
  capture.standIns.push(value);
  return capture.refAt("shipped form", "", form);
}

function encodeCollection(capture: Capture, value: object): GraphNode | undefined {
  if (Array.isArray(value)) {
    const skipped = (key: PropertyKey) => key === "length";
    return { kind: "array", length: value.length, ...shapeOf(capture, value, Array.prototype, skipped) };
  }
  if (types.isMap(value)) {
    const entries: (readonly [ReturnType<Capture["ref"]>, ReturnType<Capture["ref"]>])[] = [];
    Map.prototype.forEach.call(value, (item, key) => {
      const name = typeof key === "object" || typeof key === "function" ? entries.length : (key as PropertyKey);
      entries.push([capture.refAt("Map key", entries.length, key), capture.refAt("Map entry", name, item)]);
    });
    return { kind: "map", entries, ...shapeOf(capture, value, Map.prototype) };
  }
  if (types.isSet(value)) {
    const members: ReturnType<Capture["ref"]>[] = [];
    Set.prototype.forEach.call(value, (member) => members.push(capture.refAt("Set member", members.length, member)));
    return { kind: "set", members, ...shapeOf(capture, value, Set.prototype) };
  }
  if (types.isWeakMap(value)) {
    const node = { kind: "weakmap", entries: [] } satisfies GraphNode as GraphNode & { kind: "weakmap" };
    capture.deferWeak({
      has: (key) => WeakMap.prototype.has.call(value, key as object),
      note: (key, index) =>
        node.entries.push([index, capture.refAt("WeakMap entry", "", WeakMap.prototype.get.call(value, key))]),
      seen: new Set(),
    });
    return node;
  }
  if (types.isWeakSet(value)) {
    const node = { kind: "weakset", members: [] } satisfies GraphNode as GraphNode & { kind: "weakset" };
    const has = (key: unknown) => WeakSet.prototype.has.call(value, key as object);
    capture.deferWeak({ has, note: (_, index) => node.members.push(index), seen: new Set() });
    return node;
  }
  return undefined;
}

function encodeBinary(capture: Capture, value: object): GraphNode | undefined {
  if (types.isSharedArrayBuffer(value)) {
    return capture.trail.refuse(
      "it captures a SharedArrayBuffer, which is not data but memory",
      "Capture a copy of its contents, or a broadcast variable.",
    );
  }
  if (types.isArrayBuffer(value)) return { kind: "arraybuffer", bytes: value.slice(0) };
  if (!ArrayBuffer.isView(value)) return undefined;
  const { buffer, byteOffset, byteLength } = value;
  if (Buffer.isBuffer(value)) {
    // Node cuts small Buffers from a pool, which is none of the program's business.
    const bytes = new Uint8Array(value).buffer;
    return { kind: "buffer", bytes, ...shapeOf(capture, value, Buffer.prototype, isIndex) };
  }
  if (!(buffer instanceof ArrayBuffer)) return void capture.refAt("buffer", "", buffer);
  const type = types.isDataView(value) ? "DataView" : typedArrayName(value);
  const isPart = buffer.byteLength > WORTH_SLICING * byteLength + 4096;
  const shipped = isPart ? buffer.slice(byteOffset, byteOffset + byteLength) : buffer;
  return {
    kind: "view",
    type,
    buffer: capture.refAt("buffer", "", shipped),
    offset: isPart ? 0 : byteOffset,
    length: types.isDataView(value) ? byteLength : (value as Uint8Array).length,
    ...shapeOf(capture, value, Reflect.get(globalThis, type).prototype, isIndex),
  };
}

const typedArrayName = Function.prototype.call.bind(
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!.get!,
) as (view: object) => string;

function isIndex(key: PropertyKey): boolean {
  return typeof key === "string" && /^\d+$/.test(key);
}

function encodeOther(capture: Capture, value: object): GraphNode {
  if (types.isDate(value)) {
    return { kind: "date", time: Date.prototype.getTime.call(value), ...shapeOf(capture, value, Date.prototype) };
  }
  if (types.isRegExp(value)) {
    return { kind: "regexp", source: value.source, flags: value.flags, ...shapeOf(capture, value, RegExp.prototype) };
  }
  if (types.isNativeError(value)) return { kind: "error", ...shapeOf(capture, value, Error.prototype) };
  if (types.isBoxedPrimitive(value)) {
    return {
      kind: "boxed",
      of: capture.ref(value.valueOf()),
      ...shapeOf(capture, value, boxedPrototype(value), isBoxedPart),
    };
  }
  const recipe = recipeFor(value);
  if (recipe) {
    return { kind: "construct", path: recipe.path, args: recipe.args, ...shapeOf(capture, value, recipe.prototype) };
  }
  refuseLiveThings(capture, value);
  // `callee` of an arguments object may be an accessor that only throws.
  const skipped = types.isArgumentsObject(value) ? (key: PropertyKey) => key === "callee" : undefined;
  return { kind: "object", ...shapeOf(capture, value, Object.prototype, skipped) };
}

function boxedPrototype(value: object): object {
  return Object.getPrototypeOf(Object((value as { valueOf(): unknown }).valueOf()));
}

/** The letters of a String object. */
function isBoxedPart(key: PropertyKey): boolean {
  return isIndex(key) || key === "length";
}

function refuseLiveThings(capture: Capture, value: object): void {
  if (types.isPromise(value)) {
    capture.trail.refuse(
      "it captures a Promise, a computation under way in the driver",
      "Await it first and capture the result.",
    );
  }
  if (types.isGeneratorObject(value)) {
    capture.trail.refuse(
      "it captures a generator that is already running",
      "Capture the generator function, and call it in the function.",
    );
  }
  if (types.isExternal(value)) capture.trail.refuse("it captures a pointer of a native add-on");
  const host = hostClassOf(value);
  if (host)
    capture.trail.refuse(
      `it captures a live ${classNameOf(value)} object (${host}), which belongs to the driver's process`,
    );
}
