/** Functions and classes: by reference where a module or the platform has them, else by their text and what it closes over. */
import { types } from "node:util";
import type { BindingUse } from "./bindings.ts";
import type { Capture } from "./capture.ts";
import { shapeOf } from "./capture-shape.ts";
import { coverageStub, isCoverageCounter } from "./coverage-stub.ts";
import { evaluateInScope } from "./evaluate-in-scope.ts";
import type { FreeVariable } from "./free-variables.ts";
import { type FunctionCode, functionCode } from "./function-code.ts";
import type { GraphNode, PrivateFields, Ref, Shape } from "./graph.ts";
import { isNative } from "./host-objects.ts";
import { boundParts, type FunctionFacts, inspectFunction, privateMembersOf, type Scope } from "./inspect.ts";
import { globalPath, isPristineGlobal } from "./intrinsics.ts";
import {
  builtinReference,
  isImportByReference,
  isModuleByReference,
  packageReference,
} from "./modules-by-reference.ts";
import { nameOf } from "./refusal.ts";
import { plainPath, type Script, scriptOf } from "./scripts.ts";
import { viteMeaning } from "./vite.ts";

/** `index` is the place that the node will have. */
export function encodeFunction(capture: Capture, f: Function, index: number): GraphNode {
  if (isNative(f)) return encodeNative(capture, f);
  const facts = inspectFunction(f);
  if (!facts.location) return capture.trail.refuse(`it captures the function '${nameOf(f)}', which has no source`);
  const script = scriptOf(facts.location.scriptId);
  const builtin = script.url.startsWith("node:") ? builtinReference(f) : undefined;
  if (builtin) return { kind: "import", ...builtin, from: "", via: "import" };
  if (script.url.startsWith("node:")) {
    return capture.trail.refuse(`it captures '${nameOf(f)}', an internal function of Node (${script.url})`);
  }
  const exported = isModuleByReference(script.url) ? packageReference(f, script.url) : undefined;
  if (exported) return { kind: "import", ...exported, from: "", via: "import" };
  const { line, column } = facts.location;
  const place = `${nameOf(f) || "<anonymous>"} (${plainPath(script.url)}:${line + 1}:${column + 1})`;
  return capture.trail.at("function", place, undefined, () => encodeByValue(capture, f, index, facts, script));
}

function encodeNative(capture: Capture, f: Function): GraphNode {
  const builtin = builtinReference(f);
  if (builtin) return { kind: "import", ...builtin, from: "", via: "import" };
  const bound = boundParts(f);
  if (!bound) {
    return capture.trail.refuse(
      `it captures the native function '${nameOf(f)}', which neither a global nor a built-in module leads to`,
    );
  }
  return {
    kind: "bound",
    target: capture.refAt("bound function", nameOf(bound.target), bound.target),
    thisValue: capture.refAt("bound this", "", bound.thisValue),
    args: bound.args.map((value, position) => capture.refAt("bound argument", String(position), value)),
  };
}

function encodeByValue(capture: Capture, f: Function, index: number, facts: FunctionFacts, script: Script): GraphNode {
  const code = codeOf(capture, f);
  const insider = code.surroundings.privateNames.length > 0 ? insiderNode(capture, f, code, script) : undefined;
  if (insider) return insider;
  const home = code.surroundings.usesSuper && code.kind === "method" ? capture.homes.get(f) : undefined;
  refuseUnfit(capture, code, home !== undefined);
  const thisValue = code.isArrow && code.surroundings.usesThis ? lexicalThis(capture, f) : undefined;
  const captured = capturedVariables(capture, code, facts, script);
  for (const use of captured) if (use.binding !== undefined) noteBinding(capture, { ...use, f, index });
  capture.drafts.push({
    index,
    f,
    code,
    script,
    location: facts.location!,
    captured,
    names: methodNames(capture, f, code),
    thisValue,
  });
  // The draft becomes a node when all functions are known: only then does it show which variables they share.
  const parts = code.classParts;
  const superclass = parts?.superclass && capture.refAt("superclass", "", Object.getPrototypeOf(f));
  return {
    kind: "function",
    ...UNFINISHED,
    ...(superclass !== undefined && { superclass }),
    ...(home && { superObject: capture.refAt("prototype", "", Object.getPrototypeOf(home)) }),
    ...functionShape(capture, f, code, index),
    ...changesOnPrototype(capture, f, code),
  };
}

const UNFINISHED = {
  id: 0,
  isClass: false,
  body: "",
  parameters: [],
  url: "",
  line: 0,
  captures: [],
  eager: 0,
  assigned: [],
} as const;

function codeOf(capture: Capture, f: Function): FunctionCode {
  try {
    return functionCode(Function.prototype.toString.call(f));
  } catch (error) {
    return capture.trail.refuse(`its source could not be parsed (${(error as Error).message})`);
  }
}

function refuseUnfit(capture: Capture, code: FunctionCode, hasHome: boolean): void {
  const { kind, classParts, surroundings, isArrow } = code;
  const { isDynamic, privateNames, usesSuper, usesNewTarget } = surroundings;
  if (isDynamic) {
    capture.trail.refuse(
      "it uses direct eval or 'with', so the variables it needs cannot be known",
      "Name the variables in the function instead.",
    );
  }
  if (kind === "member" || privateNames.length > 0) {
    capture.trail.refuse(
      `it uses the private name #${privateNames[0]} of a class without being inside that class`,
      "Capture the object and call its method: (x) => object.method(x).",
    );
  }
  if (usesSuper && !classParts && !hasHome) {
    capture.trail.refuse(
      "it uses 'super' of an object or class that is not shipped with it",
      "Capture the object and call its method: (x) => object.method(x).",
    );
  }
  if (usesNewTarget && isArrow) capture.trail.refuse("it uses 'new.target' of the function around it");
}

/** For a function that stands in a static field of a class on the way to it. */
function insiderNode({ drafts }: Capture, f: Function, { text }: FunctionCode, script: Script): GraphNode | undefined {
  for (const { index, script: around, code } of drafts) {
    const position = around === script ? (code.classParts?.insiders.indexOf(text) ?? -1) : -1;
    if (position >= 0) return { kind: "insider", of: index, position, name: nameOf(f) };
  }
  return undefined;
}

function lexicalThis(capture: Capture, f: Function): Ref {
  const evaluation = evaluateInScope(f, "this");
  if (!evaluation.ok)
    capture.trail.refuse("its 'this' could not be read", "Copy what it needs of 'this' into a const first.");
  return capture.refAt("'this'", "", evaluation.value);
}

/** A captured variable; `binding` names what it may share with other functions. */
export type CapturedVariable = Pick<BindingUse, "name" | "assigned"> & {
  ref: Ref;
  readonly binding: string | undefined;
};

function capturedVariables(
  capture: Capture,
  code: FunctionCode,
  facts: FunctionFacts,
  script: Script,
): CapturedVariable[] {
  if (code.free.length === 0) return [];
  let scopes: readonly Scope[] | undefined;
  return code.free.flatMap((variable): CapturedVariable[] => {
    const { name, assigned } = variable;
    if (name === "arguments") {
      capture.trail.refuse(
        "it uses 'arguments' of the function around it",
        "Copy what it needs of them into a const first.",
      );
    }
    const imported = importReference(capture, name, script);
    if (imported !== undefined) return [{ name, assigned: false, ref: imported, binding: undefined }];
    scopes ??= facts.scopes();
    const scope = scopes.find(({ variables }) => Object.hasOwn(variables, name));
    if (scope === undefined) {
      const ref = globalReference(capture, name);
      if (code.eager.has(name) && !(name in globalThis)) {
        capture.trail.refuse(
          `a field of the class has a computed name, by a variable '${name}' that nothing keeps`,
          "Set that field in the constructor instead.",
        );
      }
      return ref === undefined ? [] : [{ name, assigned: false, ref, binding: undefined }];
    }
    const value = read(capture, scope, name);
    if (value === NOT_YET) return [];
    const binding = `${script.id}:${scope.height}:${scope.description}:${name}`;
    return [{ name, assigned, ref: variableReference(capture, variable, value, script), binding }];
  });
}

function importReference(capture: Capture, name: string, script: Script): Ref | undefined {
  const imported = script.facts.imports.get(name);
  if (!imported || !isImportByReference(imported, script.url)) return undefined;
  const { specifier, via, path } = imported;
  return capture.reference(JSON.stringify([specifier, via, path, script.url]), {
    kind: "import",
    specifier,
    via,
    path,
    from: script.url,
  });
}

/** A global that the program itself has made travels as a variable does; the others are there already. */
function globalReference(capture: Capture, name: string): Ref | undefined {
  if (!(name in globalThis) || isPristineGlobal(name)) return undefined;
  return capture.refAt("global", name, Reflect.get(globalThis, name));
}

const NOT_YET = Symbol("not initialised yet");

function read(capture: Capture, { variables }: Scope, name: string): unknown {
  try {
    return variables[name];
  } catch {
    if (capture.purpose === "check") return NOT_YET;
    return capture.trail.refuse(
      `its variable '${name}' is not initialised yet`,
      `Move the declaration of '${name}' above the first use of the function.`,
    );
  }
}

function variableReference(
  capture: Capture,
  { name, assigned, members }: FreeVariable,
  value: unknown,
  script: Script,
): Ref {
  const own = ownOfModule(name, value, script);
  if (own !== undefined) return capture.reference(`${own} ${script.url}`, { kind: own, from: script.url });
  // Of a module of the user's only what the function uses need travel.
  if (members && !assigned && Object.prototype.toString.call(value) === "[object Module]") {
    return capture.trail.at("module", name, undefined, () => {
      const used = members.filter((member) => member in (value as object));
      const picked = Object.fromEntries(used.map((member) => [member, Reflect.get(value as object, member)]));
      return capture.add({
        kind: "object",
        ...shapeOf(capture, Object.setPrototypeOf(picked, null), Object.prototype),
      });
    });
  }
  return capture.refAt("variable", name, isCoverageCounter(name, value) ? coverageStub : value);
}

/** Whether a variable is what the module has of its own. */
function ownOfModule(name: string, value: unknown, script: Script): "require" | "importer" | "meta" | undefined {
  const isRequire = name === "require" && !script.isModule && typeof value === "function" && "resolve" in value;
  return isRequire ? "require" : viteMeaning(name);
}

function noteBinding({ bindings }: Capture, use: CapturedVariable & Pick<BindingUse, "f" | "index">): void {
  const uses = bindings.get(use.binding!);
  if (uses) uses.push(use);
  else bindings.set(use.binding!, [use]);
}

/** What the computed names of a class's methods came out as: found by the methods' texts. */
function methodNames(capture: Capture, f: Function, { classParts }: FunctionCode): CapturedVariable[] {
  const taken = new Set<PropertyKey>();
  return (classParts?.computedMethods ?? []).map(({ isStatic, text, variable }) => {
    const owner = isStatic ? f : f.prototype;
    const key = Reflect.ownKeys(owner).find((key) => !taken.has(key) && partTexts(owner, key).includes(text));
    if (key !== undefined) taken.add(key);
    // One that has been removed since is made under a name that nobody can know.
    return { name: variable, assigned: false, ref: capture.ref(key ?? Symbol("removed")), binding: undefined };
  });
}

function partTexts(owner: object, key: PropertyKey): string[] {
  const { value, get, set } = Object.getOwnPropertyDescriptor(owner, key)!;
  return [value, get, set]
    .filter((part) => typeof part === "function")
    .map((part) => Function.prototype.toString.call(part));
}

function functionShape(capture: Capture, f: Function, code: FunctionCode, index: number): Shape {
  const prototype: object | null = Object.getPrototypeOf(f);
  const isUsual = code.classParts?.superclass !== undefined || globalPath(prototype) !== undefined;
  const shape = shapeOf(capture, f, isUsual ? prototype : Function.prototype, (key) => comesWithCode(f, key, code));
  const privates = staticPrivates(capture, f, code, index);
  return privates ? { ...shape, privates: [privates] } : shape;
}

function comesWithCode(f: Function, key: PropertyKey, code: FunctionCode): boolean {
  if (key === "length") return true;
  if (key === "name")
    return typeof Object.getOwnPropertyDescriptor(f, key)!.value === "string" || isMember(f, key, code);
  if (key === "prototype") return code.classParts !== undefined || hasBornPrototype(f) || isGenerator(f);
  if (code.classParts) return isMember(f, key, code);
  return key === "arguments" || key === "caller";
}

/** Whether a property of a class or of its prototype is a method or accessor of the class's text, unchanged since. */
function isMember(owner: object, key: PropertyKey, { classParts }: FunctionCode): boolean {
  const texts = partTexts(owner, key);
  return texts.length > 0 && texts.every((text) => classParts?.memberTexts.has(text));
}

/** Whether the `prototype` is the object that the function was born with. That of a generator leads back to nothing. */
function hasBornPrototype(f: Function): boolean {
  const prototype: unknown = f.prototype;
  if (typeof prototype !== "object" || prototype === null) return false;
  return Object.getOwnPropertyDescriptor(prototype, "constructor")?.value === f;
}

function isGenerator(f: Function): boolean {
  return types.isGeneratorFunction(f);
}

function changesOnPrototype(capture: Capture, f: Function, code: FunctionCode): { onPrototype: Shape } | undefined {
  if (!hasBornPrototype(f)) return undefined;
  const superclass = code.classParts?.superclass && (Object.getPrototypeOf(f) as Function);
  const usual: object = superclass ? superclass.prototype : Object.prototype;
  const skipped = (key: PropertyKey) =>
    key === "constructor" || (code.classParts !== undefined && isMember(f.prototype, key, code));
  const shape = capture.trail.at("prototype", "", undefined, () => shapeOf(capture, f.prototype, usual, skipped));
  return Object.keys(shape).length ? { onPrototype: shape } : undefined;
}

function staticPrivates(
  capture: Capture,
  f: Function,
  { classParts }: FunctionCode,
  index: number,
): PrivateFields | undefined {
  if (!classParts?.staticPrivateFields.length) return undefined;
  const fields = privateMembersOf(f)
    .filter(([name]) => classParts.staticPrivateFields.includes(name))
    .map(([name, value]): readonly [string, Ref] => [name, capture.refAt("private field", name, value)]);
  return { owner: index, fields };
}
