/** What every thread has already, and so goes by name: the globals of the language and of Node, and their parts. */
import vm from "node:vm";
import type { PathStep } from "./graph.ts";

/** Node's own globals, besides those of the language, which are asked of a new realm. Their parts go by name too. */
const SURVEYED =
  `AbortController AbortSignal Buffer Event EventTarget TextEncoder URL URLSearchParams atob btoa clearImmediate
  clearInterval clearTimeout console crypto fetch global performance process queueMicrotask setImmediate setInterval
  setTimeout structuredClone`.split(/\s+/);

/** Those that load a part of Node when they are first read, in whatever way: left alone, and recognised by their names. */
const LAZY = `Blob BroadcastChannel ByteLengthQueuingStrategy CloseEvent CompressionStream CountQueuingStrategy Crypto
  CryptoKey CustomEvent DecompressionStream DOMException EventSource File FormData Headers MessageChannel MessageEvent
  MessagePort Navigator Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver ReadableStream
  Request Response Storage SubtleCrypto TextDecoder TextDecoderStream TextEncoderStream TransformStream URLPattern
  WebAssembly WebSocket WritableStream localStorage navigator sessionStorage`.split(/\s+/);

/** Variables that a CommonJS module has without declaring them, as seen from outside of one. */
const OF_MODULES = ["require", "module", "exports", "__filename", "__dirname"];

/** Objects with state of their own: they go by name, their parts do not. */
const OPAQUE = new Set(["process", "performance", "crypto"]);

/** Prototypes that no global leads to, by names of our own. */
export const HIDDEN_INTRINSICS: Readonly<Record<string, object>> = {
  "%GeneratorFunction.prototype%": Object.getPrototypeOf(function* () {}),
  "%AsyncFunction.prototype%": Object.getPrototypeOf(async () => {}),
  "%AsyncGeneratorFunction.prototype%": Object.getPrototypeOf(async function* () {}),
  "%TypedArray%": Object.getPrototypeOf(Uint8Array),
};

const DEPTH = 3;

let pristine: Set<string> | undefined;
let paths: Map<unknown, readonly PathStep[]> | undefined;

/** Whether a thread of Node has this global from birth. */
export function isPristineGlobal(name: string): boolean {
  pristine ??= new Set([...languageGlobals(), ...SURVEYED, ...LAZY, ...OF_MODULES]);
  return pristine.has(name);
}

function languageGlobals(): string[] {
  return vm.runInNewContext("Object.getOwnPropertyNames(globalThis)");
}

/** The way to `value` from the globals, if it is one of theirs. */
export function globalPath(value: unknown): readonly PathStep[] | undefined {
  paths ??= survey();
  return paths.get(value) ?? (typeof value === "function" ? lazyGlobalPath(value) : undefined);
}

function lazyGlobalPath(f: Function): readonly PathStep[] | undefined {
  const name: unknown = Object.getOwnPropertyDescriptor(f, "name")?.value;
  if (typeof name !== "string" || !isPristineGlobal(name)) return undefined;
  return Reflect.get(globalThis, name) === f ? [name] : undefined;
}

function survey(): Map<unknown, readonly PathStep[]> {
  const paths = new Map<unknown, readonly PathStep[]>([[globalThis, ["globalThis"]]]);
  const visit = (value: unknown, path: readonly PathStep[], depth: number) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || paths.has(value)) return;
    paths.set(value, path);
    if (depth === 0) return;
    for (const key of Reflect.ownKeys(value)) {
      const step = typeof key === "string" ? key : wellKnownStep(key);
      const property = Object.getOwnPropertyDescriptor(value, key)!;
      if (step === undefined) continue;
      visit(property.value, [...path, step], depth - 1);
      visit(property.get, [...path, step, { accessor: "get" }], 0);
      visit(property.set, [...path, step, { accessor: "set" }], 0);
    }
  };
  for (const name of [...languageGlobals(), ...SURVEYED]) {
    if (!LAZY.includes(name)) visit(Reflect.get(globalThis, name), [name], OPAQUE.has(name) ? 0 : DEPTH);
  }
  for (const [name, value] of Object.entries(HIDDEN_INTRINSICS)) visit(value, [name], DEPTH - 1);
  return paths;
}

function wellKnownStep(symbol: symbol): PathStep | undefined {
  const name = wellKnownName(symbol);
  return name === undefined ? undefined : { symbol: name };
}

/** `iterator` for Symbol.iterator. */
export function wellKnownName(symbol: symbol): string | undefined {
  const name = symbol.description?.startsWith("Symbol.") ? symbol.description.slice("Symbol.".length) : undefined;
  return name !== undefined && Reflect.get(Symbol, name) === symbol ? name : undefined;
}
