/**
 * Classes by name, for records that hold their instances: a class of the program goes by the driver's number for it, one
 * that every thread can load by where it is exported.
 */
import { classWithIdentity, identityOf, knownIdentityOf } from "./identity.ts";
import { inspectFunction } from "./inspect.ts";
import { releaseHandles } from "./inspector-session.ts";
import { globalPath } from "./intrinsics.ts";
import { type ExportReference, isModuleByReference, loadExport, packageReference } from "./modules-by-reference.ts";
import { scriptOf } from "./scripts.ts";
import { type SymbolName, symbolName } from "./symbols.ts";

export type ClassName = number | { readonly global: string } | ExportReference;

/** The names that the records of one task, or of one partition of the driver's, have used. */
export class RecordNames {
  readonly #givesNumbers: boolean;
  readonly #classNumbers = new Set<number>();

  /** Only the driver, encoding records of its own, can speak of a class that no function has brought along. */
  constructor({ givesNumbers = false }: { readonly givesNumbers?: boolean } = {}) {
    this.#givesNumbers = givesNumbers;
  }

  /** Undefined for a class that only this thread knows: one that a function of the program has made there. */
  nameOf(owner: Function): ClassName | undefined {
    let number = knownIdentityOf(owner);
    if (number === undefined) {
      const place = placeOf(owner);
      if (place !== undefined || !this.#givesNumbers) return place;
      number = identityOf(owner);
    }
    this.#classNumbers.add(number);
    return number;
  }

  symbolName(symbol: symbol): SymbolName | undefined {
    const known = symbolName(symbol);
    if (known !== undefined || !this.#givesNumbers) return known;
    return { id: identityOf(symbol), description: symbol.description };
  }

  /** The numbers of the classes that a reader must have. */
  get classNumbers(): readonly number[] {
    return [...this.#classNumbers];
  }
}

/** The class of this name; undefined where the thread has not been sent it. */
export function classNamed(name: ClassName): Function | undefined {
  if (typeof name === "number") return classWithIdentity(name);
  return ("global" in name ? Reflect.get(globalThis, name.global) : loadExport(name)) as Function | undefined;
}

const places = new WeakMap<Function, Exclude<ClassName, number> | false>();

function placeOf(owner: Function): Exclude<ClassName, number> | undefined {
  let place = places.get(owner);
  if (place === undefined) {
    place = findPlace(owner) ?? false;
    places.set(owner, place);
  }
  return place || undefined;
}

function findPlace(owner: Function): Exclude<ClassName, number> | undefined {
  const path = globalPath(owner);
  if (path) return path.length === 1 && typeof path[0] === "string" ? { global: path[0] } : undefined;
  try {
    const { location } = inspectFunction(owner);
    const url = location ? scriptOf(location.scriptId).url : "";
    return isModuleByReference(url) && !url.startsWith("node:") ? packageReference(owner, url) : undefined;
  } finally {
    releaseHandles();
  }
}
