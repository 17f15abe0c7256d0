/** Cases of the properties of streams that are built and not run, as their storage levels. */

import { type DStream, type Duration, StorageLevel } from "millrace";
import { check } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { lookUp } from "../look-up.ts";
import { method, NotYet } from "../not-yet.ts";
import { checkFields } from "../parameters.ts";
import type { Case } from "../table.ts";

type Step = Readonly<Record<string, unknown>>;

/** What a stream is called that an operator has made. */
const PARTICIPLES: Readonly<Record<string, string>> = {
  window: "windowed",
  map: "mapped",
  filter: "filtered",
  union: "united",
};

export async function property(item: Case, environment: Environment): Promise<void> {
  if (item.steps === undefined) throw new NotYet(`${item.kind}: ${item.operation}`);
  checkFields(item, ["steps"]);
  const batchMs = typeof item.parameters.batchMs === "number" ? item.parameters.batchMs : 1000;
  await environment.withTester({ batchDuration: batchMs }, async (tester) => {
    const streams = new Map<string, DStream<unknown>>([["input", tester.input<number>([])]]);
    for (const step of item.steps as readonly Step[]) {
      if (step.do !== undefined) take(String(step.do), streams, batchMs);
      for (const [path, expected] of Object.entries((step.expect ?? {}) as Step)) {
        check(expected, read(path, streams), { mode: "ordered" }, path);
      }
    }
  });
}

/** `input.window(2 batches)`, which makes `windowed`, or `name = input.window(2 batches)`. */
function take(words: string, streams: Map<string, DStream<unknown>>, batchMs: number): void {
  const match = /^(?:(\w+)\s*=\s*)?(\w+)\.(\w+)\((.*)\)$/.exec(words);
  const stream = match && streams.get(match[2]!);
  if (!stream) throw new NotYet(`DStream: "${words}"`);
  const [, name, , operator, args] = match;
  const values = args!.split(",").filter((arg) => arg.trim() !== "");
  const made = method(stream, operator!, "DStream")(...argumentsOf(operator!, values, stream, batchMs));
  streams.set(name ?? lookUp(PARTICIPLES, operator!) ?? operator!, made as DStream<unknown>);
}

function argumentsOf(
  operator: string,
  written: readonly string[],
  stream: DStream<unknown>,
  batchMs: number,
): unknown[] {
  if (operator === "map") return [(x: unknown) => x];
  if (operator === "filter") return [() => true];
  if (operator === "union") return [stream];
  return written.map((text) => {
    const name = text.trim().replace(/^StorageLevel\./, "");
    if (name in StorageLevel) return (StorageLevel as Readonly<Record<string, StorageLevel>>)[name];
    const [, count, unit] = /^(\d+)\s*(batch(?:es)?|ms)?$/.exec(name) ?? [];
    if (count === undefined) throw new NotYet(`DStream.${operator}(${text})`);
    return unit?.startsWith("batch") ? Number(count) * batchMs : Number(count);
  });
}

/** `windowed.storageLevel`: the level's name; a duration in milliseconds. */
function read(path: string, streams: ReadonlyMap<string, DStream<unknown>>): unknown {
  const [name, field] = path.split(".");
  const stream = streams.get(name!);
  if (stream === undefined || !(field! in stream)) throw new NotYet(`DStream: ${path}`);
  const value = (stream as unknown as Readonly<Record<string, unknown>>)[field!];
  if (typeof value !== "object" || value === null) return value;
  return (value as StorageLevel).name ?? (value as Duration).milliseconds;
}
