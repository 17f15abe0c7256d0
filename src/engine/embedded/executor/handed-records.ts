/**
 * Records that a task hands to the tasks behind it in the same thread as they are. They may be handed where nobody else has them, and
 * where nothing can be told of them that cannot be told of what encoding and decoding would make: literals that a function of the
 * program has just returned, of primitive values.
 *
 * ```text
 * map   [key, { temp, seq }] --encoded--> block --decoded--> [key, { temp, seq }]   state
 *                            `--------------- handed ---------------´
 * ```
 */
import { literalResultOf } from "../../../closure/revive-function.ts";
import { recentlyUsed } from "../../../core/recently-used.ts";
import { fieldCode, type LiteralShape } from "../../../core/record-shape.ts";
import type { Chunk } from "../../../rdd/record-chunks.ts";
import type { StepSpec } from "./protocol.ts";
import type { TaskEnvironment } from "./task-environment.ts";

/** What a task has handed on instead of encoding it, or beside that. */
export interface HandedRecords {
  /** The sections of a shuffle, by partition, which are then nowhere else. */
  readonly sections?: readonly Chunk[] | undefined;
  /** What the function of a state has emitted. */
  readonly emitted?: Chunk | undefined;
}

/** The literals that come out of the last of these steps; undefined where they are none. */
export function literalsOf(steps: readonly StepSpec[], env: TaskEnvironment): LiteralShape | undefined {
  const last = steps.at(-1);
  if (last?.operator !== "map" && last?.operator !== "mapValues") return undefined;
  const result = literalResultOf(env.function(last.closures[0]!));
  return last.operator === "map" ? result : { shape: 2, fields: [undefined, result] };
}

type Check = (records: readonly unknown[]) => boolean;

const MOST_CHECKS = 256;
const checks = new Map<string, Check>();

/** Whether all that is not a literal in these records is primitive. */
export function arePrimitive(records: readonly unknown[], literal: LiteralShape): boolean {
  return recentlyUsed(checks, JSON.stringify(literal), MOST_CHECKS, () => compile(literal))(records);
}

function compile(literal: LiteralShape): Check {
  const text = `"use strict";
for (let i = 0; i < records.length; i++) {
  const record = records[i];
  ${refusals("record", literal)}
}
return true;`;
  const check = new Function("isPrimitive", "records", text) as (is: typeof isPrimitive, records: unknown) => boolean;
  return (records) => check(isPrimitive, records);
}

function refusals(record: string, { shape, fields }: LiteralShape): string {
  return fields
    .map((field, j) => {
      const value = fieldCode(shape, record, j);
      return field === undefined ? `if (!isPrimitive(${value})) return false;` : refusals(value, field);
    })
    .join("\n  ");
}

function isPrimitive(value: unknown): boolean {
  switch (typeof value) {
    case "object":
      return value === null;
    case "function":
    case "symbol":
      return false;
    default:
      return true;
  }
}
