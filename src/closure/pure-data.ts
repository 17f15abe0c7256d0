/**
 * The fast path: arrays, plain objects, Maps, Sets and Dates all the way down need no nodes, for v8.serialize copies
 * them exactly. It keeps the identity of shared objects across a whole message, so nothing is lost when a part is
 * reached twice.
 */
import { types } from "node:util";
import { hasNamedProperties } from "./inspect.ts";

/** Up to this length an array's keys are listed one by one; beyond, that would cost more than sending the array. */
const SHORT_ARRAY = 256;

/** Finds out what is pure data. It remembers what is not, so that no part of a graph is looked at more than twice. */
export class PurityCheck {
  readonly #impure = new Set<object>();
  #visited = new Set<object>();

  isPure(value: object): boolean {
    this.#visited = new Set();
    return this.#isPure(value);
  }

  #isPure(value: unknown): boolean {
    if (typeof value !== "object") return typeof value !== "function" && typeof value !== "symbol";
    if (value === null || this.#visited.has(value)) return true;
    if (this.#impure.has(value) || types.isProxy(value) || !Object.isExtensible(value)) return false;
    this.#visited.add(value);
    if (this.#hasPureContents(value)) return true;
    this.#impure.add(value);
    return false;
  }

  #hasPureContents(value: object): boolean {
    switch (Object.getPrototypeOf(value)) {
      case Object.prototype:
        return !types.isArgumentsObject(value) && this.#haveOnlyPlainProperties(value, Reflect.ownKeys(value));
      case Array.prototype:
        return Array.isArray(value) && this.#isPureArray(value);
      case Map.prototype:
        return types.isMap(value) && hasNoKeys(value) && everyEntry(value, (part) => this.#isPure(part));
      case Set.prototype:
        return types.isSet(value) && hasNoKeys(value) && everyEntry(value, (part) => this.#isPure(part));
      case Date.prototype:
        return types.isDate(value) && hasNoKeys(value);
      default:
        return false;
    }
  }

  /** An accessor among the elements of a long array goes unnoticed, and travels as its value. */
  #isPureArray(array: readonly unknown[]): boolean {
    if (array.length > SHORT_ARRAY) {
      for (let index = 0; index < array.length; index++) {
        const element = array[index];
        if (typeof element !== "number" && !this.#isPure(element)) return false;
      }
      return !hasNamedProperties(array);
    }
    const keys = Reflect.ownKeys(array);
    // Keys come in order: the elements, `length`, then whatever else there is.
    return keys.pop() === "length" && this.#haveOnlyPlainProperties(array, keys);
  }

  #haveOnlyPlainProperties(object: object, keys: readonly PropertyKey[]): boolean {
    for (const key of keys) {
      if (typeof key === "symbol") return false;
      const property = Object.getOwnPropertyDescriptor(object, key)!;
      if (!property.enumerable || !property.writable || !property.configurable) return false;
      if (!this.#isPure(property.value)) return false;
    }
    return true;
  }
}

function hasNoKeys(object: object): boolean {
  return Reflect.ownKeys(object).length === 0;
}

/** Goes through the built-in methods, for an own iterator may have been put on the prototype. */
function everyEntry(collection: Map<unknown, unknown> | Set<unknown>, test: (part: unknown) => boolean): boolean {
  let every = true;
  const visit = (value: unknown, key: unknown) => {
    every &&= test(value) && (value === key || test(key));
  };
  if (types.isMap(collection)) Map.prototype.forEach.call(collection, visit);
  else Set.prototype.forEach.call(collection, visit);
  return every;
}
