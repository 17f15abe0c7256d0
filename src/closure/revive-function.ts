/** Makes functions of their shipped code, and objects of classes without running their constructors. */
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import type { LiteralShape, RecordShape } from "../core/record-shape.ts";
import { MillraceError } from "../errors.ts";
import type { FunctionNode } from "./graph.ts";

/** What the shipped code of a function or class reaches of ours; function-code.ts and class-parts.ts write the other side. */
export interface Hook {
  /** Takes a method out of the object literal that it was compiled in. */
  readonly method: (holder: object) => Function;
  /** That literal: what `super` in the method starts from. */
  home?: object;
  /** While set, the class's constructor and field initialisers do nothing. */
  on: boolean;
  /** The functions of static fields that use private names. */
  readonly insiders: Function[];
  /** Sets a `#private` field, static or not. */
  write?: (object: object, name: string, value: unknown) => void;
}

interface Factory {
  call(
    thisValue: unknown,
    ...args: unknown[]
  ): { readonly made: Function; readonly set: (values: readonly unknown[]) => void };
}

const MOST_REMEMBERED = 4_096;
const factories = new Map<string, Factory>();
const hooks = new WeakMap<Function, Hook>();
const resultShapes = new WeakMap<Function, LiteralShape>();

export interface Surroundings {
  readonly thisValue: unknown;
  readonly superclass: unknown;
  /** The values that the code needs at once: of the first captures. */
  readonly eager: readonly unknown[];
}

export interface MadeFunction {
  readonly made: Function;
  /** Gives all captured variables their values. They may need the function, so this comes after. */
  readonly set: (values: readonly unknown[]) => void;
  /** Where `super` looks, in a method. */
  readonly setSuper: (object: object | null) => void;
}

export function makeFunction(node: FunctionNode, { thisValue, superclass, eager }: Surroundings): MadeFunction {
  const hook: Hook = {
    method(holder) {
      hook.home = holder;
      return onlyMember(holder);
    },
    insiders: [],
    on: false,
  };
  const captures = Array.from(node.captures, (_, position) => eager[position]);
  const { made, set } = factoryOf(node).call(thisValue, ...captures, superclass, importMeta(node.url), hook);
  if (node.isClass) hooks.set(made, hook);
  if (node.returns !== undefined) resultShapes.set(made, node.returns);
  if (node.name !== undefined && made.name !== node.name) {
    Object.defineProperty(made, "name", { value: node.name, configurable: true });
  }
  return { made, set, setSuper: (object) => Object.setPrototypeOf(hook.home, object) };
}

/** What a function that was shipped returns, where its text says so. */
export function resultShapeOf(made: Function): RecordShape | undefined {
  return resultShapes.get(made)?.shape;
}

/** The same with the literals inside. */
export function literalResultOf(made: Function): LiteralShape | undefined {
  return resultShapes.get(made);
}

/** Closures made anew at one place of the program have one code, compiled once in a thread. */
function factoryOf({ url, line, body, parameters }: FunctionNode): Factory {
  const key = `${url}:${line}\n${body}`;
  let factory = factories.get(key);
  if (factory === undefined) {
    factory = vm.compileFunction(body, [...parameters], {
      filename: url,
      // The text begins on the second line of the body.
      lineOffset: line - 1,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }) as Factory;
    if (factories.size >= MOST_REMEMBERED) factories.clear();
    factories.set(key, factory);
  }
  return factory;
}

function onlyMember(holder: object): Function {
  const { value, get, set } = Object.getOwnPropertyDescriptor(holder, Reflect.ownKeys(holder)[0]!)!;
  return (value ?? get ?? set) as Function;
}

export function importMeta(url: string) {
  if (!url.startsWith("file:")) return { url };
  const filename = fileURLToPath(url);
  return {
    url,
    filename,
    dirname: fileURLToPath(new URL(".", url)).replace(/(?<=.)[\\/]$/, ""),
    resolve: (specifier: string) =>
      import.meta.resolve(/^\.{0,2}\//.test(specifier) ? new URL(specifier, url).href : specifier),
  };
}

/** A new object that a base class gave its private members. */
export function constructSilently(owner: Function): object {
  const hook = hookOf(owner);
  hook.on = true;
  try {
    return Reflect.construct(owner, []);
  } finally {
    hook.on = false;
  }
}

/**
 * Gives an existing object the private members of a derived class: `super()` returns whatever the parent constructor
 * returns, and the parent is looked up when the call is made.
 */
export function stampPrivates(owner: Function, object: object): void {
  const parent: object | null = Object.getPrototypeOf(owner);
  Object.setPrototypeOf(owner, function stamped() {
    return object;
  });
  try {
    constructSilently(owner);
  } finally {
    Object.setPrototypeOf(owner, parent);
  }
}

export function writePrivate(owner: Function, object: object, name: string, value: unknown): void {
  hookOf(owner).write?.(object, name, value);
}

/** A function that only the class could make. */
export function insiderOf(owner: Function, position: number, name: string): Function {
  const made = hookOf(owner).insiders[position]!;
  if (made.name !== name) Object.defineProperty(made, "name", { value: name, configurable: true });
  return made;
}

function hookOf(owner: Function): Hook {
  const hook = hooks.get(owner);
  if (!hook) throw new MillraceError("INTERNAL", `the class ${owner.name} was not revived here`);
  return hook;
}
