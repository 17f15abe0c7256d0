/**
 * The operators by name, with where their arguments are found in a case: written in the operation (`groupByKey(2)`), or
 * among its parameters. Whether there is such an operator is asked of the API; RDDs and streams share the names.
 */

import { DStream, HashPartitioner, type Partitions, type RDD, StorageLevel, type Time } from "millrace";
import { AGGREGATORS, zero } from "./aggregators.ts";
import type { Fn } from "./evaluate.ts";
import { compile, constant } from "./expressions.ts";
import { records } from "./inputs.ts";
import { lookUp } from "./look-up.ts";
import { method, NotYet } from "./not-yet.ts";
import type { Parameters } from "./parameters.ts";
import { run, statements } from "./state-functions.ts";
import { cut, type Step } from "./steps.ts";

/** What the arguments of a step are made from. */
export interface StepContext {
  readonly parameters: Parameters;
  readonly vocabulary: Readonly<Record<string, string>>;
  /** The RDD or stream that a text or a list stands for; undefined where the case does not say. */
  other(value: unknown, partitions: number | undefined): object;
  /** All steps of the operation: which of them the function among the parameters is for depends on the others. */
  readonly steps?: readonly Step[];
  /** An RDD of these records. */
  rdd?(records: readonly {}[]): RDD<{}>;
  /** The function on RDDs that a text stands for, as `rdd -> rdd.map(toString)`. */
  plan(text: string): Fn;
}

/** Calls the operator that a step names. Throws `NotYet` where the API has none. */
export function applyStep(target: object, step: Step, context: StepContext): unknown {
  const owner = target instanceof DStream ? "DStream" : "RDD";
  const layout = lookUp(OPERATORS, step.name);
  if (layout === undefined) throw new NotYet(step.name in target ? `calling ${owner}.${step.name}` : step.name);
  const operator = method(target, step.name, owner);
  const args = new Arguments(step, context);
  const values = [...layout(args, owner)];
  args.checkAllRead();
  while (values.length > 0 && values.at(-1) === undefined) values.pop();
  const made = operator(...values);
  return args.after?.(made) ?? made;
}

interface FunctionRule {
  /** Names of the parameter, beside the operator's own and `fn`. */
  readonly names?: readonly string[];
  /** How many arguments the operator calls it with. */
  readonly arity?: number;
  /** What it calls them, where the case does not. */
  readonly parameters?: readonly string[];
  /** What stands in where the case has none. */
  readonly fallback?: string;
}

/** The arguments of one step, read from left to right. */
class Arguments {
  /** What is done to what the operator makes. */
  after: ((made: unknown) => unknown) | undefined;
  readonly #step: Step;
  readonly #context: StepContext;
  readonly #written: string[];

  constructor(step: Step, context: StepContext) {
    this.#step = step;
    this.#context = context;
    this.#written = [...(step.args ?? [])];
  }

  function({ names = [], arity = 1, parameters, fallback }: FunctionRule = {}): Fn {
    const text = this.#functionText(names, arity) ?? fallback;
    if (text === undefined) throw new Error(`${this.#step.name} needs a function: parameters.fn`);
    return lookUp(AGGREGATORS, text) ?? compile(text, this.#context.vocabulary, parameters).call;
  }

  /** In `map.reduceByKey` with a single `fn` of two parameters, that is the reduction's. */
  #functionText(names: readonly string[], arity: number): string | undefined {
    const written = this.#written.shift();
    if (written !== undefined || this.#step.args !== undefined) return written;
    const { parameters, vocabulary } = this.#context;
    for (const name of [this.#step.name, ...names, "fn", "f", "func", "function", "op"]) {
      const text = parameters.peek(name);
      if (typeof text !== "string") continue;
      if (!Object.hasOwn(AGGREGATORS, text) && (compile(text, vocabulary).parameters ?? 0) > arity && this.#reducesToo)
        continue;
      return parameters.text(name);
    }
    return undefined;
  }

  get #reducesToo(): boolean {
    return (this.#context.steps ?? []).some(({ name, args }) => args === undefined && REDUCTIONS.has(name));
  }

  /** A function of whole partitions; it may go through the records more than once. */
  ofPartition(rule?: FunctionRule): Fn {
    const f = this.function(rule);
    return (...args) => f(...args.map((arg) => (typeof arg === "object" ? [...(arg as Iterable<unknown>)] : arg)));
  }

  /** The function of `updateStateByKey`: an expression, or statements on the fields of a state. */
  update(): Fn {
    const { parameters, vocabulary } = this.#context;
    const text = this.#written.shift() ?? parameters.text("update", "fn", "f", "function");
    if (text === undefined) throw new Error("updateStateByKey needs a function: parameters.update");
    const form = parameters.text("form") ?? "(values,state)";
    const fields = /^state \{([^}]*)\}:\s*(.*)$/s.exec(text);
    if (fields !== null) return this.#updateOfFields(cut(fields[1]!, ","), fields[2]!);
    const ofPartition = this.#isOfPartition;
    const withTime = /time/.test(form);
    const names = withTime && !ofPartition ? ["timeMs", "key", "values", "state"] : ["values", "state"];
    const f = compile(text.replace(/\btime\b/g, "timeMs"), vocabulary, names).call;
    if (ofPartition) return keyByKey(f);
    return (
      withTime
        ? (time: Time, key: unknown, values: unknown, state: unknown) =>
            f(time.milliseconds, key, values, state) ?? undefined
        : (values: unknown, state: unknown) => f(values, state) ?? undefined
    ) as Fn;
  }

  #updateOfFields(fields: readonly string[], text: string): Fn {
    const does = statements(text.replace(/\bsum\b(?!\s*\()/g, "sum(values)"));
    this.after = (stream) => (stream as DStream<[unknown, { emitted: {} }]>).mapValues(({ emitted }) => emitted);
    return (values, state) => {
      const before = Object.fromEntries(fields.map((field) => [field, 0]));
      const { variables, emitted, removed } = run(does, { ...before, ...(state as object), values }, undefined);
      return removed ? undefined : { ...variables, values: undefined, emitted };
    };
  }

  /** `rememberPartitioner` and the state that a stream begins with, where a case has it. */
  initialState(): unknown[] {
    const { parameters, rdd } = this.#context;
    parameters.take("firstBatchTimeMs");
    const records = parameters.take("initialState", "initialStates", "initial") as readonly {}[] | undefined;
    // A function of partitions is told by it.
    const remembers = parameters.take("rememberPartitioner") ?? (this.#isOfPartition || undefined);
    if (records === undefined) return [remembers];
    return remembers === undefined ? [rdd!(records)] : [remembers, rdd!(records)];
  }

  /** In Spark only functions of partitions and those with the time are given `rememberPartitioner`. */
  get #isOfPartition(): boolean {
    const { parameters } = this.#context;
    const form = String(parameters.peek("form") ?? "");
    return /iterator/i.test(form) || (parameters.peek("rememberPartitioner") !== undefined && !/time/.test(form));
  }

  plan(): Fn {
    const text = this.#written.shift() ?? this.#context.parameters.text("fn", "f", "function", this.#step.name);
    if (text === undefined) throw new Error(`${this.#step.name} needs a function: parameters.fn`);
    return this.#context.plan(text);
  }

  value(...names: readonly string[]): unknown {
    const written = this.#written.shift();
    if (written !== undefined) return constant(written);
    return this.#step.args === undefined ? this.#context.parameters.take(...names) : undefined;
  }

  number(...names: readonly string[]): number | undefined {
    const value = this.value(...names);
    if (value === undefined || typeof value === "number") return value;
    throw new Error(`${this.#step.name}: ${names[0]} must be a number, not ${JSON.stringify(value)}`);
  }

  /** Bounds of buckets, or how many there are to be; in `histogram(buckets)` the word says which. */
  buckets(): unknown {
    this.#written.shift();
    const bounds = this.#context.parameters.take("buckets");
    return Array.isArray(bounds)
      ? records(bounds)
      : (bounds ?? this.#context.parameters.number("bucketCount", "count"));
  }

  partitions(): Partitions | undefined {
    const written = this.#written.shift();
    if (written !== undefined) return partitionsOf(written);
    if (this.#step.args !== undefined) return undefined;
    const { parameters } = this.#context;
    const partitioner = parameters.text("partitioner");
    if (partitioner !== undefined) return placing(partitioner);
    return parameters.number("numPartitions");
  }

  other(): object {
    const { parameters } = this.#context;
    const written = this.#written.shift();
    const value = written ?? parameters.take("other");
    return this.#context.other(value, written === undefined ? parameters.number("otherPartitions") : undefined);
  }

  level(): StorageLevel | undefined {
    const name = this.#written.shift() ?? this.#context.parameters.text("level", "storageLevel");
    if (name === undefined) return undefined;
    const level = lookUp<StorageLevel>(StorageLevel, name.replace(/^StorageLevel\./, ""));
    if (level === undefined) throw new NotYet(`StorageLevel.${name}`);
    return level;
  }

  /** Two records, in a given order or the opposite of the usual one. */
  ordering(): Fn | undefined {
    const ordering = this.#context.parameters.text("ordering");
    if (ordering === undefined || ordering === "natural") return undefined;
    if (ordering !== "reverse") throw new NotYet(`the ordering "${ordering}"`);
    return (a, b) => Number((a as number) < (b as number)) - Number((a as number) > (b as number));
  }

  has(name: string): boolean {
    return this.#context.parameters.peek(name) !== undefined;
  }

  /** Throws `NotYet` for an argument in the operation that nobody read. */
  checkAllRead(): void {
    if (this.#written.length > 0) throw new NotYet(`${this.#step.name}(... ${this.#written.join(", ")})`);
  }
}

/** Whether a name in a chain is an operator's; otherwise it is a function's. */
export function isOperator(name: string): boolean {
  return Object.hasOwn(OPERATORS, name);
}

/** Where it shows in which partition a key is: a rule of the case's own, as `key mod 2`. */
function placing(text: string): Partitions {
  const count = Number(/^key mod (\d+)$/.exec(text)?.[1]);
  if (!(count > 0)) return partitionsOf(text);
  return { numPartitions: count, getPartition: (key) => (((key as number) % count) + count) % count };
}

/** The partitions that a text asks for. Other rules than hashing are stood in for, where only their number shows. */
export function partitionsOf(text: string): number | HashPartitioner {
  const plain = /^\d+$/.exec(text);
  if (plain !== null) return Number(text);
  const count = /(\d+)/.exec(text)?.[1];
  if (count === undefined) throw new NotYet(`the partitioner "${text}"`);
  return new HashPartitioner(Number(count));
}

/** Operators that call a function with two records. */
const REDUCTIONS = new Set([
  "reduce",
  "reduceByKey",
  "reduceByWindow",
  "reduceByKeyAndWindow",
  "fold",
  "foldByKey",
  "treeReduce",
]);

type Layout = (args: Arguments, owner: string) => readonly unknown[];

const none: Layout = () => [];
const function1: Layout = (args) => [args.function()];
const function2: Layout = (args) => [args.function({ arity: 2, names: ["reduce"] })];
const withOther: Layout = (args) => [args.other()];
const withOtherByKey: Layout = (args) => [args.other(), args.partitions()];
const windowOf: Layout = (args) => [args.number("windowMs"), args.number("slideMs")];

const OPERATORS: Readonly<Record<string, Layout>> = {
  map: (args) => [args.function({ fallback: "x -> [x,x]" })],
  flatMap: function1,
  filter: function1,
  mapPartitions: (args) => [args.ofPartition()],
  mapPartitionsWithIndex: (args) => [args.ofPartition({ arity: 2 })],
  mapValues: function1,
  flatMapValues: function1,
  keyBy: (args) => [args.function({ names: ["key"] })],
  groupBy: (args) => [args.function({ names: ["key"] }), args.partitions()],
  sortBy: (args) => [args.function({ names: ["key"] }), args.value("ascending"), args.partitions()],
  keys: none,
  values: none,
  glom: none,
  distinct: (args) => [args.partitions()],
  zipWithIndex: none,
  zipWithUniqueId: none,
  union: withOther,
  intersection: withOther,
  subtract: withOther,
  cartesian: withOther,
  zip: withOther,
  repartition: (args) => [args.number("numPartitions", "n")],
  coalesce: (args) => [args.number("numPartitions", "n"), args.value("shuffle")],
  sample: (args) => [args.value("withReplacement"), args.number("fraction"), args.number("seed")],
  cache: none,
  persist: (args) => [args.level()],
  unpersist: none,

  reduceByKey: (args) => [args.function({ arity: 2, names: ["reduce"] }), args.partitions()],
  groupByKey: (args) => [args.partitions()],
  combineByKey: (args) => [
    args.function({ names: ["create", "createCombiner"] }),
    args.function({ arity: 2, names: ["mergeValue", "seq"] }),
    args.function({ arity: 2, names: ["mergeCombiners", "comb"] }),
    args.partitions(),
  ],
  aggregateByKey: (args) => [
    zero(args.value("zero")),
    args.function({ arity: 2, names: ["seq"] }),
    args.function({ arity: 2, names: ["comb"] }),
    args.partitions(),
  ],
  foldByKey: (args) => [zero(args.value("zero")), args.function({ arity: 2 }), args.partitions()],
  join: withOtherByKey,
  leftOuterJoin: withOtherByKey,
  rightOuterJoin: withOtherByKey,
  fullOuterJoin: withOtherByKey,
  cogroup: withOtherByKey,
  groupWith: withOther,
  subtractByKey: withOtherByKey,
  partitionBy: (args) => [args.partitions()],
  repartitionAndSortWithinPartitions: (args) => [args.partitions()],
  sortByKey: (args) => [args.value("ascending"), args.partitions()],
  filterByRange: (args) => [args.value("from", "lower"), args.value("to", "upper")],

  collect: none,
  count: none,
  first: none,
  take: (args) => [args.number("n", "num")],
  takeOrdered: (args) => [args.number("n", "num"), args.ordering()],
  top: (args) => [args.number("n", "num"), args.ordering()],
  reduce: function2,
  fold: (args) => [zero(args.value("zero")), args.function({ arity: 2 })],
  aggregate: (args) => [
    zero(args.value("zero")),
    args.function({ arity: 2, names: ["seq"] }),
    args.function({ arity: 2, names: ["comb"] }),
  ],
  treeReduce: (args) => [args.function({ arity: 2 }), args.number("depth")],
  treeAggregate: (args) => [
    zero(args.value("zero")),
    args.function({ arity: 2, names: ["seq"] }),
    args.function({ arity: 2, names: ["comb"] }),
    args.number("depth"),
  ],
  foreach: (args) => [args.function({ fallback: "x -> x" })],
  foreachPartition: (args) => [args.ofPartition({ fallback: "records -> count(records)" })],
  lookup: (args) => [args.value("key")],
  countByKey: none,
  countByValue: (args) => [args.partitions()],
  collectAsMap: none,
  isEmpty: none,
  min: none,
  max: none,
  sum: none,
  mean: none,
  variance: none,
  stdev: none,
  sampleVariance: none,
  sampleStdev: none,
  stats: none,
  histogram: (args) => [args.buckets()],
  randomSplit: (args) => [args.value("weights"), args.number("seed")],

  window: windowOf,
  countByWindow: windowOf,
  countByValueAndWindow: (args) => [...windowOf(args, ""), args.partitions()],
  groupByKeyAndWindow: (args) => [...windowOf(args, ""), args.partitions()],
  reduceByWindow: (args) => [...reduction(args), ...windowOf(args, "")],
  reduceByKeyAndWindow: (args) => {
    const functions = reduction(args);
    const [length, slide] = windowOf(args, "");
    const keeps = args.has("filter") ? args.function({ names: ["filter"] }) : undefined;
    return [...functions, length, slide, args.partitions(), keeps];
  },
  updateStateByKey: (args) => [args.update(), args.partitions(), ...args.initialState()],
  transform: (args) => [args.plan()],
  transformWith: (args) => [args.other(), args.plan()],
};

/** A reduction and, where the case has one, its inverse. */
function reduction(args: Arguments): Fn[] {
  const reduce = args.function({ arity: 2, names: ["reduce"] });
  if (!args.has("inverse")) return [reduce];
  return [reduce, args.function({ arity: 2, names: ["inverse"] })];
}

/** What a function makes of each key's values and state, for all keys of a partition. */
function keyByKey(f: Fn): Fn {
  return function* (keys) {
    for (const [key, values, state] of keys as Iterable<[unknown, unknown, unknown]>) {
      const next = f(values, state) ?? undefined;
      if (next !== undefined) yield [key, next];
    }
  };
}
