/** Objects whose substance is not in their properties but in the platform. */
import { inspectFunction } from "./inspect.ts";
import { globalPath } from "./intrinsics.ts";
import { builtinReference } from "./modules-by-reference.ts";
import { scriptOf } from "./scripts.ts";

export interface Recipe {
  /** The way to the constructor from globalThis. */
  readonly path: readonly string[];
  readonly prototype: object;
  readonly args: readonly unknown[];
}

const RECIPES = new Map<string, (value: never) => readonly unknown[]>([
  ["URL", ({ href }: URL) => [href]],
  ["URLSearchParams", (parameters: URLSearchParams) => [String(parameters)]],
  ["TextEncoder", () => []],
  [
    "TextDecoder",
    ({ encoding, fatal, ignoreBOM }: InstanceType<typeof TextDecoder>) => [encoding, { fatal, ignoreBOM }],
  ],
  ["Intl.NumberFormat", localised],
  ["Intl.DateTimeFormat", localised],
  ["Intl.Collator", localised],
  ["Intl.PluralRules", localised],
  ["Intl.ListFormat", localised],
  ["Intl.RelativeTimeFormat", localised],
  ["Intl.Segmenter", localised],
  ["Intl.DisplayNames", localised],
]);

function localised(format: Intl.Collator): readonly unknown[] {
  const options = format.resolvedOptions();
  return [options.locale, { ...options }];
}

/** How to make `value` again, for the few kinds of platform objects that are mere data. */
export function recipeFor(value: object): Recipe | undefined {
  for (
    let at: object | null = Object.getPrototypeOf(value);
    at && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    const owner: unknown = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    const path = typeof owner === "function" ? globalPath(owner) : undefined;
    const args = path && RECIPES.get(path.join("."));
    if (args) return { path: path as readonly string[], prototype: at, args: args(value as never) };
  }
  return undefined;
}

/** Classes of the platform that user classes may extend: all of their objects' substance is in properties. */
const MERE_OBJECTS = new Set(["Object", "Function", "Error", "Iterator", "Event", "EventTarget", "EventEmitter"]);

const hosts = new WeakMap<object, string | false>();

/** The platform class that gives `value` its substance, as `net.Socket` or a global; undefined when all is in its properties. */
export function hostClassOf(value: object): string | undefined {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return undefined;
  let host = hosts.get(prototype);
  if (host === undefined) {
    host = hostAmong(prototype) ?? false;
    hosts.set(prototype, host);
  }
  return host || undefined;
}

function hostAmong(prototype: object): string | undefined {
  for (let at: object | null = prototype; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    if (isNativeIterator(at)) return "an iterator under way";
    const owner: unknown = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof owner !== "function" || owner.prototype !== at) continue;
    const origin = platformOrigin(owner);
    if (origin && !MERE_OBJECTS.has(owner.name)) return origin;
  }
  return undefined;
}

function isNativeIterator(prototype: object): boolean {
  const next: unknown = Object.getOwnPropertyDescriptor(prototype, "next")?.value;
  return typeof next === "function" && isNative(next) && typeof Reflect.get(prototype, Symbol.iterator) === "function";
}

/** Where a class of the platform is from; undefined for one of the user's or of a package. */
export function platformOrigin(owner: Function): string | undefined {
  if (globalPath(owner)) return `global ${owner.name}`;
  const builtin = builtinReference(owner);
  if (builtin) return builtin.specifier;
  if (isNative(owner)) return "native";
  const { location } = inspectFunction(owner);
  const url = location ? scriptOf(location.scriptId).url : "";
  return url.startsWith("node:") ? url : undefined;
}

export function isNative(f: Function): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(f));
}
