/**
 * Records with instances of classes that have a codec. Such an instance may be anywhere in a record, and what stands for
 * it is something else: so the records are copied with a gap for each, and steps say how the reader fills the gaps.
 */
import { types } from "node:util";
import { describeThrown } from "../errors.ts";
import type { Codec } from "./codec.ts";
import { codecOf, ownerOf } from "./instance-kinds.ts";
import { unserialisable } from "./refusals.ts";

/** What the reader does, in this order: an instance's data is complete when its turn comes. */
export type Step =
  /** Makes the instance numbered `made` of data. */
  | { readonly made: number; readonly owner: Function; readonly holder: { readonly data?: unknown } }
  | { readonly put: number; readonly into: object; readonly key: PropertyKey }
  /** Collections are filled last, for their order is that of the entries. */
  | { readonly map: Map<unknown, unknown>; readonly entries: readonly unknown[] }
  | { readonly set: Set<unknown>; readonly members: readonly unknown[] };

/** A copy of the records, their other instances still of their classes, and how to complete it. */
export function copyCoded(records: readonly unknown[]): { readonly copy: unknown[]; readonly steps: readonly Step[] } {
  const copier = new Copier();
  const copy = new Array<unknown>(records.length);
  records.forEach((record, index) => {
    copier.put(copy, index, record);
  });
  return { copy, steps: copier.steps };
}

class Copier {
  readonly steps: Step[] = [];
  readonly #copies = new Map<object, object>();
  readonly #made = new Map<object, number | "under way">();
  #lastMade = 0;

  /** Puts the copy of a value into a container; where only the reader can, it puts null and a step. */
  put(into: object, key: PropertyKey, value: unknown): void {
    const kind = codedKind(value);
    if (kind !== undefined) this.steps.push({ put: this.#encode(value as object, kind), into, key });
    define(into, key, kind === undefined ? this.#copy(value) : null);
  }

  #encode(instance: object, { owner, codec }: CodedKind): number {
    const known = this.#made.get(instance);
    if (known === "under way") {
      throw unserialisable(
        `an instance of ${owner.name} whose codec's data leads back to it`,
        "Let encode leave out what leads back to the instance.",
      );
    }
    if (known !== undefined) return known;
    this.#made.set(instance, "under way");
    const holder: { data?: unknown } = {};
    this.put(
      holder,
      "data",
      attempt(owner, "encode", () => codec.encode(instance)),
    );
    const made = ++this.#lastMade;
    this.steps.push({ made, owner, holder });
    this.#made.set(instance, made);
    return made;
  }

  #copy(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const known = this.#copies.get(value);
    if (known !== undefined) return known;
    const copy = hollow(value);
    this.#copies.set(value, copy);
    if (copy !== value) this.#fill(copy, value);
    return copy;
  }

  #fill(copy: object, value: object): void {
    for (const key of Reflect.ownKeys(value)) {
      if (key === "length" && Array.isArray(value)) continue;
      const { enumerable, value: field = Reflect.get(value, key) } = Object.getOwnPropertyDescriptor(value, key)!;
      this.put(copy, key, field);
      if (!enumerable) Object.defineProperty(copy, key, { enumerable: false });
    }
    if (types.isMap(value)) {
      const entries: unknown[] = [];
      Map.prototype.forEach.call(value, (item, key) => {
        this.put(entries, entries.length, key);
        this.put(entries, entries.length, item);
      });
      this.steps.push({ map: copy as Map<unknown, unknown>, entries });
    } else if (types.isSet(value)) {
      const members: unknown[] = [];
      Set.prototype.forEach.call(value, (member) => this.put(members, members.length, member));
      this.steps.push({ set: copy as Set<unknown>, members });
    }
  }
}

interface CodedKind {
  readonly owner: Function;
  readonly codec: Codec;
}

function codedKind(value: unknown): CodedKind | undefined {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return undefined;
  const prototype: object | null = Object.getPrototypeOf(value);
  const owner = prototype === null ? undefined : ownerOf(prototype);
  const codec = owner && codecOf(owner);
  return owner && codec && { owner, codec };
}

/** An empty object of the kind and of the prototype, or the value itself where no record can be inside it. */
function hollow(value: object): object {
  const isData = types.isDate(value) || types.isRegExp(value) || types.isBoxedPrimitive(value) || isBinary(value);
  if (isData) return value;
  const made = hollowBase(value);
  const prototype: object | null = Object.getPrototypeOf(value);
  return Object.getPrototypeOf(made) === prototype ? made : Object.setPrototypeOf(made, prototype);
}

function hollowBase(value: object): object {
  if (Array.isArray(value)) return new Array(value.length);
  if (types.isMap(value)) return new Map();
  if (types.isSet(value)) return new Set();
  if (!types.isNativeError(value)) return {};
  const error = new Error();
  for (const key of Reflect.ownKeys(error)) Reflect.deleteProperty(error, key);
  return error;
}

function isBinary(value: object): boolean {
  return ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value);
}

/** Also where the key is `__proto__`. */
function define(into: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

function attempt(owner: Function, what: keyof Codec, run: () => unknown): unknown {
  try {
    return run();
  } catch (cause) {
    throw unserialisable(
      `an instance of ${owner.name}, whose codec failed to ${what} it (${describeThrown(cause)})`,
      `Let ${what} take every instance.`,
      cause,
    );
  }
}

/** The reader's side: completes records by `steps`. */
export function completeCoded(steps: readonly Step[]): void {
  const instances = new Map<number, unknown>();
  for (const step of steps) {
    if ("made" in step) {
      const { made, owner, holder } = step;
      const codec = codecOf(owner)!;
      instances.set(
        made,
        attempt(owner, "decode", () => codec.decode(holder.data)),
      );
    } else if ("put" in step) define(step.into, step.key, instances.get(step.put));
    else if ("map" in step) {
      const { map, entries } = step;
      for (let i = 0; i < entries.length; i += 2) Map.prototype.set.call(map, entries[i], entries[i + 1]);
    } else for (const member of step.members) Set.prototype.add.call(step.set, member);
  }
}
