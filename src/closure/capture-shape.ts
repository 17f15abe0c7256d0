/** What any object may have besides its contents: another prototype, own properties, private fields, and being frozen. */
import { types } from "node:util";
import type { Capture } from "./capture.ts";
import { functionCode } from "./function-code.ts";
import {
  ACCESSOR,
  CONFIGURABLE,
  ENUMERABLE,
  type PrivateFields,
  type Property,
  type Ref,
  type Shape,
  WRITABLE,
} from "./graph.ts";
import { platformOrigin } from "./host-objects.ts";
import { privateMembersOf } from "./inspect.ts";

/** Only parts that differ from those of a new object with the prototype `usual` are in the shape. */
export function shapeOf(
  capture: Capture,
  value: object,
  usual: object | null,
  skipped?: (key: PropertyKey) => boolean,
): Shape {
  const prototype: object | null = Object.getPrototypeOf(value);
  const shape: { -readonly [K in keyof Shape]: Shape[K] } = {};
  if (prototype !== usual) shape.prototype = capture.refAt("prototype", "", prototype);
  const properties = propertiesOf(capture, value, skipped);
  if (properties.length) shape.properties = properties;
  if (!Object.isExtensible(value)) shape.integrity = integrityOf(value);
  const privates = privatesOf(capture, value);
  if (privates.length) shape.privates = privates;
  return shape;
}

function propertiesOf(capture: Capture, value: object, skipped?: (key: PropertyKey) => boolean): Property[] {
  const properties: Property[] = [];
  for (const key of Reflect.ownKeys(value)) {
    if (skipped?.(key)) continue;
    properties.push(propertyOf(capture, value, key));
  }
  return properties;
}

function propertyOf(capture: Capture, value: object, key: PropertyKey): Property {
  const property = Object.getOwnPropertyDescriptor(value, key)!;
  const keyRef = typeof key === "symbol" ? capture.ref(key) : (key as string);
  const attributes = (property.enumerable ? ENUMERABLE : 0) | (property.configurable ? CONFIGURABLE : 0);
  if ("value" in property) {
    const writable = property.writable ? WRITABLE : 0;
    noteHome(capture, value, property.value);
    return [keyRef, attributes | writable, capture.refAt("property", key, property.value)];
  }
  if (key === "stack" && types.isNativeError(value)) {
    // V8 formats the text behind an accessor of its own.
    return [keyRef, CONFIGURABLE | WRITABLE, { value: String(Reflect.get(value, "stack")) }];
  }
  for (const part of [property.get, property.set]) noteHome(capture, value, part);
  const getter = capture.refAt("getter", key, property.get);
  return [keyRef, attributes | ACCESSOR, getter, capture.refAt("setter", key, property.set)];
}

/** What `super` means in a method, V8 tells nobody: that it is the object where the method is found is nearly always so. */
function noteHome({ homes }: Capture, object: object, part: unknown): void {
  if (typeof part === "function" && !homes.has(part)) homes.set(part, object);
}

function integrityOf(value: object): NonNullable<Shape["integrity"]> {
  if (Object.isFrozen(value)) return "frozen";
  return Object.isSealed(value) ? "sealed" : "closed";
}

function privatesOf(capture: Capture, value: object): PrivateFields[] {
  const owners = privateOwners(Object.getPrototypeOf(value));
  if (owners.length === 0) return [];
  const members = privateMembersOf(value);
  const take = (name: string) => {
    const index = members.findIndex(([candidate]) => candidate === name);
    return index < 0 ? [] : members.splice(index, 1);
  };
  return owners.flatMap(({ owner, names }) => {
    const own = names.flatMap(take);
    // An object that the constructor never saw, as from Object.create, has none of the class's private members.
    if (own.length === 0 && names.length > 0) return [];
    const ownerRef = capture.refAt("class", "", owner);
    if (typeof ownerRef === "number" && capture.node(ownerRef).kind === "import") {
      capture.trail.refuse(
        `it captures an object of the package class ${owner.name}, whose private fields only the package can set`,
      );
    }
    const fields = own.map(([name, field]): readonly [string, Ref] => [
      name,
      capture.refAt("private field", name, field),
    ]);
    return [{ owner: ownerRef, fields }];
  });
}

interface PrivateOwner {
  readonly owner: Function;
  readonly names: readonly string[];
}

const ownersByPrototype = new WeakMap<object, readonly PrivateOwner[]>();

/** The classes of a chain of prototypes that give their objects private members, the base class first. */
function privateOwners(prototype: object | null): readonly PrivateOwner[] {
  if (prototype === null || prototype === Object.prototype) return [];
  let owners = ownersByPrototype.get(prototype);
  if (owners === undefined) {
    owners = [...privateOwners(Object.getPrototypeOf(prototype)), ...ownPrivates(prototype)];
    ownersByPrototype.set(prototype, owners);
  }
  return owners;
}

function ownPrivates(prototype: object): PrivateOwner[] {
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof owner !== "function" || owner.prototype !== prototype) return [];
  const text = Function.prototype.toString.call(owner);
  if (!text.startsWith("class") || !text.includes("#") || platformOrigin(owner)) return [];
  const parts = functionCode(text).classParts;
  return parts?.stampsInstances ? [{ owner, names: parts.privateFields }] : [];
}
