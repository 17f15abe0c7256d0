/**
 * Batches with instances of classes. `v8.serialize` writes an instance as a plain object with the same fields, and an
 * object that it meets twice as a reference to the first; so beside the records go lists of which objects in them are
 * of which class, and the reader gives those their prototypes back. Identity and cycles stay as v8 keeps them.
 */
import { type ClassName, classNamed, type RecordNames } from "../closure/class-names.ts";
import { type SymbolName, symbolNamed } from "../closure/symbols.ts";
import { MillraceError } from "../errors.ts";
import { completeCoded, copyCoded, type Step } from "./coded-records.ts";
import { unserialisable } from "./refusals.ts";
import { type LostProperty, type Survey, surveyRecords } from "./survey.ts";

/** What is serialised in place of the records. */
export interface InstanceBatch {
  readonly records: readonly unknown[];
  /** Null stands for no prototype; the label is for errors. */
  readonly classes: readonly ({ readonly name: ClassName; readonly label: string } | null)[];
  /** For each class its instances. */
  readonly instances: readonly (readonly object[])[];
  readonly lost: readonly (readonly [of: object, key: string | SymbolName, value: unknown, enumerable: boolean])[];
  readonly steps: readonly WireStep[];
}

type Making = Extract<Step, { made: number }>;
type WireStep = Exclude<Step, Making> | (Omit<Making, "owner"> & { readonly owner: number });

/** `survey` is that of the records, which are not plain. */
export function packInstances(records: readonly unknown[], survey: Survey, names: RecordNames): InstanceBatch {
  if (survey.hasCodecs) {
    const { copy, steps } = copyCoded(records);
    const parts = steps.map((step) =>
      "made" in step ? step.holder : "map" in step ? step.entries : "set" in step ? step.members : null,
    );
    return pack(copy, surveyRecords([copy, parts]), steps, names);
  }
  return pack(records, survey, [], names);
}

function pack(records: readonly unknown[], survey: Survey, steps: readonly Step[], names: RecordNames): InstanceBatch {
  const owners: (Function | undefined)[] = [];
  const instances: object[][] = [];
  for (const [{ owner }, found] of survey.instances) {
    owners.push(owner);
    instances.push(found);
  }
  const wireSteps = steps.map((step): WireStep => {
    if (!("made" in step)) return step;
    if (!owners.includes(step.owner)) owners.push(step.owner);
    return { ...step, owner: owners.indexOf(step.owner) };
  });
  return {
    records,
    classes: owners.map((owner) => (owner === undefined ? null : { name: nameOf(owner, names), label: owner.name })),
    instances,
    lost: survey.lost.map(({ of, key, value, enumerable }) => [of, keyName(of, key, names), value, enumerable]),
    steps: wireSteps,
  };
}

function nameOf(owner: Function, names: RecordNames): ClassName {
  const name = names.nameOf(owner);
  if (name !== undefined) return name;
  throw unserialisable(
    `an instance of ${owner.name || "an anonymous class"}, a class that was made in a task`,
    "Declare the class outside of the functions that run in tasks, and let them capture it.",
  );
}

function keyName(of: object, key: LostProperty["key"], names: RecordNames): string | SymbolName {
  if (typeof key !== "symbol") return String(key);
  const name = names.symbolName(key);
  if (name !== undefined) return name;
  throw unserialisable(
    `an instance of ${of.constructor?.name || "a class"} with a field named by ${String(key)}, which only this thread has`,
    "Name the field by Symbol.for(key), or by a symbol that the functions capture.",
  );
}

/** The records, of their classes again. */
export function unpackInstances(
  { records, classes, instances, lost, steps }: InstanceBatch,
  named: typeof classNamed = classNamed,
): readonly unknown[] {
  const owners = classes.map((one) => (one === null ? undefined : ownerOf(one, named)));
  instances.forEach((found, index) => {
    const prototype: object | null = owners[index]?.prototype ?? null;
    for (const instance of found) Object.setPrototypeOf(instance, prototype);
  });
  for (const [of, key, value, enumerable] of lost) {
    const property = { value, enumerable, configurable: true, writable: true };
    Object.defineProperty(of, typeof key === "string" ? key : symbolNamed(key), property);
  }
  if (steps.length > 0) {
    completeCoded(steps.map((step): Step => ("made" in step ? { ...step, owner: owners[step.owner]! } : step)));
  }
  return records;
}

function ownerOf({ name, label }: NonNullable<InstanceBatch["classes"][number]>, named: typeof classNamed): Function {
  const owner = named(name);
  if (owner !== undefined) return owner;
  throw new MillraceError("INTERNAL", `records hold instances of ${label}, which this thread has not been sent`);
}
