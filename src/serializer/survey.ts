/**
 * Looks through a batch of records for what `v8.serialize` would not carry as it is: it turns an instance of a class into
 * a plain object, silently, and leaves out some properties. What cannot cross is refused.
 */
import { types } from "node:util";
import { type InstanceKind, instanceKind } from "./instance-kinds.ts";
import { unserialisable } from "./refusals.ts";

/** Beyond this depth, or so many objects in one record, those met are remembered, so that a cycle ends the walk. */
const CAREFUL_DEPTH = 32;
const CAREFUL_OBJECTS = 1_000;

/** Classes whose instances the structured clone algorithm carries over as what they are. */
// biome-ignore format: a list
const CARRIED_CLASSES: readonly { readonly prototype: unknown }[] = [
  Object, Array, Map, Set, Date, RegExp, Boolean, Number, String, BigInt, ArrayBuffer, DataView, Buffer,
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
  BigInt64Array, BigUint64Array, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError,
];

const CARRIED = new Set<unknown>(CARRIED_CLASSES.map(({ prototype }) => prototype));

/** A property that v8.serialize leaves out. */
export interface LostProperty {
  readonly of: object;
  readonly key: PropertyKey;
  readonly value: unknown;
  readonly enumerable: boolean;
}

/** What one batch of records holds besides plain data. */
export class Survey {
  /** The instances of each class, by their kind; objects without a prototype are one kind, too. */
  readonly instances = new Map<InstanceKind, object[]>();
  readonly lost: LostProperty[] = [];
  hasCodecs = false;

  /** What the walk of the present record has met; undefined while it need not be known. */
  seen: Set<object> | undefined;
  objects = 0;
  readonly seenInstances = new Set<object>();

  get isPlain(): boolean {
    return this.instances.size === 0 && this.lost.length === 0;
  }
}

/** Throws `ASYNC_RESULT` for a promise, `UNSERIALISABLE_RECORD` for what else cannot cross. */
export function surveyRecords(records: readonly unknown[]): Survey {
  const survey = new Survey();
  for (const record of records) {
    survey.seen = undefined;
    survey.objects = 0;
    if (mayHold(record)) walk(record, 0, survey);
  }
  return survey;
}

function mayHold(value: unknown): boolean {
  return typeof value === "object" ? value !== null : typeof value === "function" || typeof value === "symbol";
}

function walk(value: unknown, depth: number, survey: Survey): void {
  if (typeof value !== "object" || value === null) {
    if (typeof value === "function") throw unserialisable(`the function ${value.name || "(anonymous)"}`);
    if (typeof value === "symbol") throw unserialisable(String(value));
    return;
  }
  if (survey.seen !== undefined) {
    if (survey.seen.has(value)) return;
    survey.seen.add(value);
  } else if (depth >= CAREFUL_DEPTH || ++survey.objects > CAREFUL_OBJECTS) survey.seen = new Set([value]);

  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value) && prototype === Array.prototype) {
    walkItems(value, depth, survey);
    return;
  }
  if (prototype === Object.prototype && !types.isProxy(value)) walkFields(value, depth, survey);
  else if (CARRIED.has(prototype) && !types.isProxy(value)) walkContents(value, depth, survey);
  else walkInstance(value, prototype, depth, survey);
}

function walkItems(items: Iterable<unknown>, depth: number, survey: Survey): void {
  for (const item of items)
    if (typeof item === "object" || typeof item === "function" || typeof item === "symbol")
      walk(item, depth + 1, survey);
}

function walkFields(value: object, depth: number, survey: Survey): void {
  const fields = value as Record<string, unknown>;
  for (const name of Object.keys(fields)) {
    const field = fields[name];
    if (typeof field === "object" || typeof field === "function" || typeof field === "symbol")
      walk(field, depth + 1, survey);
  }
}

/** What an object of the platform's holds: of these v8.serialize carries the contents and no other properties. */
function walkContents(value: object, depth: number, survey: Survey): void {
  if (types.isMap(value)) {
    Map.prototype.forEach.call(value, (item, key) => {
      if (mayHold(key)) walk(key, depth + 1, survey);
      if (mayHold(item)) walk(item, depth + 1, survey);
    });
  } else if (types.isSet(value)) {
    Set.prototype.forEach.call(value, (item) => {
      if (mayHold(item)) walk(item, depth + 1, survey);
    });
  } else if (types.isNativeError(value)) {
    if (mayHold(value.cause)) walk(value.cause, depth + 1, survey);
    noteLost(value, depth, survey, OF_ERRORS);
    return;
  } else if (!types.isDate(value) && !types.isRegExp(value)) return;
  if (Object.keys(value).length > 0) noteLost(value, depth, survey, OF_OTHERS);
}

/** Own properties that are carried. */
const OF_ERRORS = new Set<PropertyKey>(["stack", "message", "cause"]);
const OF_OTHERS = new Set<PropertyKey>(["lastIndex"]);

function noteLost(of: object, depth: number, survey: Survey, carried: ReadonlySet<PropertyKey>): void {
  for (const key of Reflect.ownKeys(of)) {
    if (carried.has(key)) continue;
    const { enumerable = false, value = Reflect.get(of, key) } = Object.getOwnPropertyDescriptor(of, key)!;
    survey.lost.push({ of, key, value, enumerable });
    if (mayHold(value)) walk(value, depth + 1, survey);
  }
}

function walkInstance(value: object, prototype: object | null, depth: number, survey: Survey): void {
  if (types.isProxy(value)) throw unserialisable("a Proxy");
  if (survey.seenInstances.has(value)) return;
  survey.seenInstances.add(value);
  const kind = instanceKind(value, prototype);
  const instances = survey.instances.get(kind);
  if (instances) instances.push(value);
  else survey.instances.set(kind, [value]);
  // What stands for it is looked through in its stead.
  if (kind.codec) survey.hasCodecs = true;
  else if (Array.isArray(value) || isMereObject(value)) walkOwn(value, kind, depth, survey);
  else walkContents(value, depth, survey);
}

function isMereObject(value: object): boolean {
  return !(types.isMap(value) || types.isSet(value) || types.isDate(value) || types.isNativeError(value));
}

/** Enumerable properties with a string for a key are carried. */
function walkOwn(value: object, { owner }: InstanceKind, depth: number, survey: Survey): void {
  const fields = value as Record<string, unknown>;
  const names = Object.keys(fields);
  for (const name of names) {
    const field = fields[name];
    if (typeof field === "function" || typeof field === "symbol") throw ownerRefused(owner, name, field);
    if (typeof field === "object") walk(field, depth + 1, survey);
  }
  const keys = Reflect.ownKeys(value);
  const carried = names.length + (Array.isArray(value) ? 1 : 0);
  if (keys.length > carried) noteLost(value, depth, survey, new Set<PropertyKey>([...names, "length"]));
}

function ownerRefused(owner: Function | undefined, name: string, field: Function | symbol) {
  const of = owner ? `an instance of ${owner.name}` : "an object";
  const what = typeof field === "function" ? "a function" : String(field);
  return unserialisable(
    `${of} with ${what} in its field '${name}'`,
    `Make it a method or an accessor of the class, or give ${owner?.name || "the class"} a codec.`,
  );
}
