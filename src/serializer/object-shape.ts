/**
 * Plain objects with the same fields, taken apart by code made for these fields: V8 then reads each of them at once, where a loop
 * over names would look every field up.
 */
import { types } from "node:util";
import { recentlyUsed } from "../core/recently-used.ts";

export interface ObjectShape {
  readonly names: readonly string[];
  /**
   * Puts the fields of each object into the columns, or returns false where one is not a plain object of exactly these
   * fields, or is the same object as the one before.
   */
  takeApart(objects: readonly unknown[], columns: readonly unknown[][]): boolean;
}

const MOST_SHAPES = 256;

const shapes = new Map<string, ObjectShape>();

/** The shape of objects with these own enumerable names, in this order. */
export function objectShape(names: readonly string[]): ObjectShape {
  return recentlyUsed(shapes, JSON.stringify(names), MOST_SHAPES, () => compileShape(names));
}

function compileShape(names: readonly string[]): ObjectShape {
  const columns = names.map((_, j) => `c${j} = columns[${j}]`).join(", ");
  const text = `"use strict";
return {
  names,
  takeApart(objects, columns) {
    const ${columns};
    let last;
    for (let i = 0; i < objects.length; i++) {
      const object = objects[i];
      if (object === last || !isPlain(object)) return false;
      last = object;
      let j = 0;
      for (const name in object) if (j === ${names.length} || name !== names[j++]) return false;
      if (j !== ${names.length}) return false;
      ${names.map((name, j) => `c${j}[i] = object[${JSON.stringify(name)}];`).join(" ")}
    }
    return true;
  },
};`;
  return (new Function("names", "isPlain", text) as (...args: unknown[]) => ObjectShape)(names, isPlainObject);
}

function isPlainObject(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !types.isProxy(value)
  );
}
