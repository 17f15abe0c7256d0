/**
 * Makes one loop of a chain of operators: the code of each, around the code of the next, around a sink, compiled by
 * `new Function`. Over five simple operators that costs 11 ns a record; callbacks cost 41 and generators 151, because
 * they share their call sites with every other pipeline of the process.
 *
 * For `flatMap, map, combine by key` the loop is, in essence:
 *
 * ```js
 * for (const v0 of chunk) {
 *   for (const v1 of f0(v0)) {       // flatMap
 *     const v2 = f1(v1);             // map
 *     cell = table.get(v2[0]); ...   // the sink
 *   }
 * }
 * ```
 *
 * A loop never owns its source, and its state is handed in, so one compiled loop serves all tasks of its stage.
 */
import { resultShapeOf } from "../../../closure/revive-function.ts";
import type { RecordShape } from "../../../core/record-shape.ts";
import { MillraceError } from "../../../errors.ts";
import type { OpenCode, OperatorCode, RecordOperator } from "../../../rdd/operator.ts";
import type { Chunk, NumberRange } from "../../../rdd/record-chunks.ts";
import type { RecordColumns } from "../../../serializer/column-reader.ts";
import { asyncResult } from "../../../serializer/refusals.ts";
import { StepFailure } from "./step-failure.ts";

export type TaskFunction = (...args: unknown[]) => unknown;

/** An operator in its place, with the program's functions. */
export interface FusedStep {
  readonly node: number;
  readonly operator: RecordOperator;
  readonly functions: readonly TaskFunction[];
  readonly argument?: unknown;
  /** The partition that the step computes, and what planning has found out for it. One loop serves them all. */
  readonly partition?: number | undefined;
  readonly planned?: unknown;
}

type ColumnLoop = (state: LoopState, columns: RecordColumns) => boolean;

/** What a loop works on in one task. */
export interface LoopState {
  /** The node of each step, for errors: one loop serves plans that differ only in these. */
  readonly nodes: readonly number[];
  /** The state of each step; the last is the sink's. */
  readonly states: unknown[];
}

export interface FusedLoop {
  /** The initial state of each step: these steps, or others with the same operators and functions. */
  open(steps: readonly FusedStep[]): unknown[];
  /** Runs the records of a chunk through; false says that no more are wanted. */
  process(state: LoopState, chunk: Chunk): boolean;
  /** The same for the numbers of a range, which are not in an array first: that would take longer than most loops. */
  processRange(state: LoopState, range: NumberRange): boolean;
  /** The same for records that are columns. */
  readonly processColumns: ColumnLoop;
  epochEnd(state: LoopState): void;
}

/** The last of `steps` is the sink: it hands nothing on. */
export function compileLoop(steps: readonly FusedStep[]): FusedLoop {
  const loop = compile(steps, loopText) as FusedLoop;
  return { ...loop, processColumns: columnLoops(loop, steps) };
}

/** So many kinds of columns have a loop of their own; the records of others are made first. */
const MOST_COLUMN_LOOPS = 16;

/** A loop for each kind of columns, with the code inside that makes a record of them. */
function columnLoops(loop: FusedLoop, steps: readonly FusedStep[]): ColumnLoop {
  const loops = new Map<string, ColumnLoop>();
  const needsRecords = steps[0]!.operator.ahead !== undefined;
  return (state, columns) => {
    const { keys, code } = columns;
    const kind = keys === undefined ? code : `of keys and ${code}`;
    let ofKind = loops.get(kind);
    if (ofKind === undefined) {
      if (loops.size === MOST_COLUMN_LOOPS || (needsRecords && keys === undefined))
        return loop.process(state, columns.records());
      ofKind = compile(steps, (writer) => columnLoopText(writer, columns)) as ColumnLoop;
      loops.set(kind, ofKind);
    }
    return ofKind(state, columns);
  };
}

function compile(steps: readonly FusedStep[], body: (writer: LoopWriter) => string): unknown {
  const writer = new LoopWriter(steps);
  const text = body(writer);
  const factory = new Function("functions", "args", "helpers", "runtime", `${writer.prologue()}\n${text}`);
  return factory(
    steps.flatMap((step) => step.functions),
    steps.map((step) => step.argument),
    steps.map((step) => step.operator.helpers),
    RUNTIME,
  );
}

function loopText(writer: LoopWriter): string {
  const ofChunk = writer.record(0, "chunk[i]", "i");
  const ofRange = writer.record(0, "start + (from + i) * by");
  return `
return {
  open(steps) { return [${writer.open()}]; },
  process({ nodes, states }, chunk) {
    const n = chunk.length;
    ${writer.pass(`${writer.ahead("chunk")} records: for (let i = 0; i < n; i++) { ${ofChunk} }`)}
  },
  processRange({ nodes, states }, { start, step: by, from, length }) {
    ${writer.pass(`records: for (let i = 0; i < length; i++) { ${ofRange} }`)}
  },
  epochEnd({ nodes, states }) {
    ${writer.pass(writer.epochEnds())}
  },
};`;
}

function columnLoopText(writer: LoopWriter, columns: RecordColumns): string {
  const names = columns.columns.map((_, j) => `c${j}`).join(", ");
  return `
return ({ nodes, states }, { length: n, keys, columns: [${names}] }) => {
  ${writer.pass(columns.keys === undefined ? writer.records(columns.code) : writer.pairs(columns))}
};`;
}

class LoopWriter {
  readonly #steps: readonly FusedStep[];
  #locals = 0;

  constructor(steps: readonly FusedStep[]) {
    this.#steps = steps;
  }

  /** Names for all that is handed in. */
  prologue(): string {
    const functions = this.#steps.flatMap((step, i) => step.functions.map((_, j) => functionName(i, j)));
    const helpers = this.#steps.flatMap(({ operator }, i) =>
      Object.keys(operator.helpers ?? {}).map((name) => `const ${helperName(i, name)} = helpers[${i}].${name};`),
    );
    return `"use strict";
const { iterate, pair, append, extend, promised, failed } = runtime;
${functions.map((name, i) => `const ${name} = functions[${i}];`).join("\n")}
${helpers.join("\n")}
${this.#steps.map((_, i) => `const arg${i} = args[${i}];`).join("\n")}`;
  }

  /** The body of a function that runs code of the steps: whose function failed is known from `step`. */
  pass(code: string): string {
    return `${this.#steps.map((_, i) => `const state${i} = states[${i}];`).join(" ")}
    let step = 0, more = true, result;
    try { ${code} } catch (thrown) { throw failed(nodes[step], thrown); }
    return more;`;
  }

  /** The code for a chunk of records, before the first of them. */
  ahead(chunk: string): string {
    return this.#steps[0]!.operator.ahead?.(this.#code(0, chunk, undefined)) ?? "";
  }

  /** The code for all records that are columns, `made` being the code that makes one. */
  records(made: string): string {
    return `records: for (let i = 0; i < n; i++) { ${this.record(0, made)} }`;
  }

  /** The same for pairs, whose `keys` are apart: what is made is their value. */
  pairs({ code: made, columns, shape }: RecordColumns): string {
    const { pairs } = this.#steps[0]!.operator;
    if (pairs === undefined) {
      const ofPair = this.record(0, `[keys.at(i), ${made}]`, "i");
      return `${this.ahead("keys")} records: for (let i = 0; i < n; i++) { ${ofPair} }`;
    }
    const fields = columns.map((_, j) => `c${j}[i]`);
    const { ahead, record } = pairs({ ...this.#code(0, made), index: "i", keys: "keys", shape, fields });
    return `${ahead} records: for (let i = 0; i < n; i++) { ${record} }`;
  }

  /** The code for a record that reaches step `step`. */
  record(step: number, value: string, index?: string): string {
    const name = this.#local("value");
    return `const ${name} = ${value}; step = ${step}; ${this.#steps[step]!.operator.record(this.#code(step, name, index))}`;
  }

  /** Expressions for the states of all steps. */
  open(): string {
    const states = this.#steps.map(({ operator: { open = "undefined" } }, step) =>
      typeof open === "string" ? open : open(this.#openCode(step)),
    );
    return states.map((state) => `(${state})`).join(", ");
  }

  /** Each end has a block of its own: that an operator wants no more records is not the end of those after it. */
  epochEnds(): string {
    const ends = this.#steps.map(({ operator }, step) => {
      const end = operator.epochEnd?.(this.#code(step, "undefined"));
      return end === undefined ? "" : `step = ${step}; records: { ${end} }`;
    });
    return ends.join("\n    ");
  }

  #openCode(step: number): OpenCode {
    return {
      argument: `arg${step}`,
      partition: `steps[${step}].partition`,
      planned: `steps[${step}].planned`,
      helper: (name) => helperName(step, name),
      function: (index) => (index < this.#steps[step]!.functions.length ? functionName(step, index) : "undefined"),
    };
  }

  #code(step: number, value: string, index?: string): OperatorCode {
    return {
      ...this.#openCode(step),
      value,
      index,
      state: `state${step}`,
      // `step` says whose function threw. A promise is caught here, at each record: it would pass a filter as true.
      call: (index, ...args) => {
        const called = `step = ${step}, result = ${functionName(step, index)}(${args.join(", ")})`;
        const isPromise = `typeof result === "object" && result !== null && typeof result.then === "function"`;
        return this.#returns(step, index) === undefined
          ? `(${called}, ${isPromise} ? promised() : result)`
          : `(${called})`;
      },
      returns: (index) => this.#returns(step, index),
      next: (next) => (step + 1 < this.#steps.length ? this.record(step + 1, next) : ""),
      resume: `step = ${step};`,
      enough: "{ more = false; break records; }",
      local: (hint) => this.#local(hint),
    };
  }

  #returns(step: number, index: number): RecordShape | undefined {
    const f = this.#steps[step]!.functions[index];
    return f && resultShapeOf(f);
  }

  #local(hint: string): string {
    return `${hint}$${this.#locals++}`;
  }
}

function functionName(step: number, index: number): string {
  return `f${step}_${index}`;
}

function helperName(step: number, name: string): string {
  return `h${step}_${name}`;
}

/** What the templates call. */
const RUNTIME = {
  iterate(many: unknown): Iterator<unknown> {
    const iterator = (many as Iterable<unknown> | null | undefined)?.[Symbol.iterator];
    if (typeof iterator !== "function") {
      throw new MillraceError(
        "NOT_ITERABLE",
        `the function returned ${many === null ? "null" : `a ${typeof many}`}, not an iterable`,
        {
          remedy: "Return an array, or a generator's result; an empty array for no records.",
        },
      );
    }
    return iterator.call(many);
  },
  pair(record: unknown): readonly unknown[] {
    if (!Array.isArray(record) || record.length !== 2) throw notAPair(record);
    return record;
  },
  append(array: unknown[], value: unknown): unknown[] {
    array.push(value);
    return array;
  },
  extend(array: unknown[], more: readonly unknown[]): unknown[] {
    for (const value of more) array.push(value);
    return array;
  },
  failed: StepFailure.at,
  promised(): never {
    throw asyncResult();
  },
};

function notAPair(record: unknown): MillraceError {
  const what = Array.isArray(record) ? `an array of ${record.length}` : record === null ? "null" : typeof record;
  return new MillraceError("NOT_A_PAIR", `the operator works on [key, value] pairs, and met ${what}`, {
    remedy: "Make pairs first, as with map((x) => [x.key, x]).",
  });
}
