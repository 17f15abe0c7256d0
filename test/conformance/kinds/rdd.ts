/** Cases of RDDs: an input, a chain of operations, and what comes out. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HashPartitioner, RDD, SparkContext } from "millrace";
import { type CompareOptions, check, type Grouped, Mismatch } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { mustFail } from "../expected-errors.ts";
import { compile } from "../expressions.ts";
import { type Input, input } from "../inputs.ts";
import { lookUp } from "../look-up.ts";
import { NotYet } from "../not-yet.ts";
import { applyStep, isOperator, partitionsOf, type StepContext } from "../operators.ts";
import { checkFields, Parameters } from "../parameters.ts";
import { applySteps, evaluatePlan, type PlanContext, planFunction } from "../plans.ts";
import { chain, preparation, type Step } from "../steps.ts";
import { type Case, isRecord } from "../table.ts";
import { partitioningCase } from "./partitioning.ts";
import { placed } from "./placing.ts";
import { contents, expectOfParts, expectOfRdd, fieldsOf, inOrder, sizes, written } from "./rdd-observations.ts";
import { type Sides, sides } from "./rdd-sides.ts";

export async function rdd(item: Case, environment: Environment): Promise<void> {
  checkFields(item, ["input", "expected", "expectedNumPartitions"]);
  const parameters = new Parameters(item.parameters);
  const defaultParallelism = parameters.number("defaultParallelism");
  if (defaultParallelism === undefined)
    return drive(new RddCase(item, parameters, environment, environment.sparkContext));
  const sparkContext = new SparkContext({
    master: environment.master,
    conf: { "spark.default.parallelism": defaultParallelism },
  });
  try {
    await drive(new RddCase(item, parameters, environment, sparkContext));
  } finally {
    await sparkContext.stop();
  }
}

async function drive(rddCase: RddCase): Promise<void> {
  const { item } = rddCase;
  if (item.expectError === undefined) return rddCase.check(await rddCase.result());
  await mustFail(item.expectError, async () => {
    const result = await rddCase.result();
    return result instanceof RDD ? result.collect() : result;
  });
}

/** Operators whose values for one key have no order, by what one element looks like. */
const GROUPED: Readonly<Record<string, Grouped>> = {
  groupByKey: "values",
  groupBy: "values",
  combineByKey: "values",
  aggregateByKey: "values",
  foldByKey: "values",
  groupByKeyAndWindow: "values",
  cogroup: "parts",
  groupWith: "parts",
};

/** Those after which elements still look the same. */
const KEEPS_LOOK = new Set(["filter", "union", "collect", "collectAsMap", "cache", "persist", "repartition", "window"]);

/** How the last operator of a chain groups values, if it does. */
export function groupedBy(steps: readonly Step[]): Grouped | undefined {
  return lookUp(GROUPED, steps.findLast(({ name }) => !KEEPS_LOOK.has(name))?.name ?? "");
}

/** One case on its way: from its input, through its steps, to its expectation. */
class RddCase {
  readonly item: Case;
  readonly #parameters: Parameters;
  readonly #environment: Environment;
  readonly #sc: SparkContext;
  readonly #steps: Step[];
  #input: Input = { records: [] };
  #sides: Sides | undefined;
  /** What the steps of the operation begin with. */
  #base: RDD<unknown> | undefined;
  /** The partitioner that has placed it, where the case names one. */
  #placed: HashPartitioner | undefined;

  constructor(item: Case, parameters: Parameters, environment: Environment, sparkContext: SparkContext) {
    this.item = item;
    this.#parameters = parameters;
    this.#environment = environment;
    this.#sc = sparkContext;
    this.#steps = chain(item.operation);
  }

  /** What the operation gives: an RDD, or a value. */
  async result(): Promise<unknown> {
    const about = await partitioningCase(this.item, this.#parameters, this.#context);
    if (about !== undefined) {
      this.#parameters.checkAllTaken(this.item.operation);
      return about.value;
    }
    const [start, steps] = await this.#start();
    let state: unknown = start;
    for (const step of steps) state = await this.#apply(state, step);
    this.#parameters.checkAllTaken(this.item.operation);
    return state;
  }

  async check(result: unknown): Promise<void> {
    const { expected, expectedNumPartitions, compare = "ordered" } = this.item;
    const options: CompareOptions = { mode: compare, grouped: groupedBy(this.#steps) };
    if (!(result instanceof RDD)) {
      if (expectedNumPartitions !== undefined) throw new NotYet(`${this.item.operation} with "expectedNumPartitions"`);
      if (!isRecord(expected)) return check(written(expected), result, options);
      if (this.#steps.at(-1)?.name === "randomSplit") return expectOfParts(expected, result as RDD<unknown>[]);
      const wanted = Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== null));
      return check(wanted, fieldsOf(result, Object.keys(wanted)), { mode: "approx" });
    }
    if (isRecord(expected)) await expectOfRdd(expected, result, this.#input);
    else check(written(expected), await result.collect(), options);
    if (expectedNumPartitions !== undefined) {
      check(expectedNumPartitions, await result.getNumPartitions(), { mode: "ordered" }, "the number of partitions");
    }
    await this.#checkPartitioner(result);
  }

  /** An input that a partitioner has placed stays where it is: the result has the same one. */
  async #checkPartitioner(result: RDD<unknown>): Promise<void> {
    const wanted = this.#placed;
    if (wanted === undefined || !this.#steps.some(({ name }) => KEYED.has(name))) return;
    const partitioner = await result.partitioner();
    if (!wanted.equals(partitioner)) throw new Mismatch(wanted, partitioner, "the partitioner");
  }

  get #context(): PlanContext {
    return { vocabulary: this.#environment.vocabulary, sparkContext: this.#sc };
  }

  /** The RDD that the steps begin with, and the steps from there on. */
  async #start(): Promise<[unknown, Step[]]> {
    const [first, ...rest] = this.#steps;
    if (first === undefined) throw new Error("the case has no operation");
    if (first.name === "SparkContext" || first.name === "sc")
      return [this.#source(rest[0]!, "SparkContext"), rest.slice(1)];
    if (SOURCES.has(first.name)) return [this.#source(first), rest];
    return [this.#prepared(), this.#steps];
  }

  /** The input as an RDD, prepared and placed as the parameters say. */
  #prepared(): RDD<unknown> {
    const parameters = this.#parameters;
    this.#sides = sides(parameters, this.item.input, this.#sc);
    if (this.#sides !== undefined) return this.#sides.left;
    this.#input = input(this.item.input);
    let start = this.#parallelize(this.#input, parameters.number("partitions", "slices", "numSlices"));
    const prep = parameters.text("prep");
    if (prep !== undefined) start = applyPreparation(start, prep, this.#context);
    const filter = this.#steps.some(({ name }) => name === "filter") ? undefined : parameters.text("filter");
    if (filter !== undefined) start = start.filter(compile(filter, this.#environment.vocabulary).call);
    this.#base = this.#place(start);
    return this.#base;
  }

  #place(start: RDD<unknown>): RDD<unknown> {
    const text = this.#parameters.peek("partitioner");
    if (typeof text !== "string" || this.#steps.some(({ name }) => TAKES_PARTITIONER.has(name))) return start;
    this.#parameters.take("partitioner");
    const partitions = partitionsOf(text);
    this.#placed = partitions instanceof HashPartitioner ? partitions : new HashPartitioner(partitions);
    return placed(start, this.#placed);
  }

  #parallelize({ records, range, partitions, empty }: Input, given?: number): RDD<unknown> {
    const slices = given ?? partitions;
    if (empty && slices === undefined) return this.#sc.emptyRDD();
    if (range !== undefined && records.length === 0) return this.#sc.range(range.from, range.end, range.step, slices);
    return this.#sc.parallelize(records as {}[], slices);
  }

  /** An RDD that a method of the context makes. */
  #source(step: Step, owner?: string): RDD<unknown> {
    const parameters = this.#parameters;
    const slices = (): number | undefined => parameters.number("slices", "numSlices", "partitions");
    switch (step.name) {
      case "parallelize":
      case "makeRDD":
        return this.#prepared();
      case "emptyRDD":
        return this.#sc.emptyRDD();
      case "range": {
        const written = step.args?.map(Number) ?? [];
        const [start, end, by, inSlices] = [
          written[0] ?? parameters.number("start", "from") ?? 0,
          written[1] ?? parameters.number("end", "to") ?? 0,
          written[2] ?? parameters.number("step"),
          written[3] ?? slices(),
        ];
        return this.#sc.range(start, end, by, inSlices);
      }
      case "textFile":
        return this.#textFile(step.args?.join() ?? "", parameters.number("minPartitions", "partitions"));
      case "union":
        return this.#unionOfCopies();
      default:
        throw new NotYet(`${owner}.${step.name}`);
    }
  }

  #unionOfCopies(): RDD<unknown> {
    const copies = this.#parameters.number("copies") ?? 1;
    const one = this.#prepared();
    return this.#sc.union(Array.from({ length: copies }, () => one));
  }

  /** Lines of a file, or of the files of a directory; the words in the operation say what is empty. */
  #textFile(words: string, minPartitions: number | undefined): RDD<unknown> {
    const directory = join(this.#environment.temporaryDirectory(), "input");
    if (/\bmissing\b|\bno such\b|\bnon-?existent\b/.test(words)) return this.#sc.textFile(directory, minPartitions);
    mkdirSync(directory);
    const lines = this.item.input;
    if (isRecord(lines)) {
      for (const [name, content] of Object.entries(lines)) {
        writeFileSync(join(directory, name), Array.isArray(content) ? asText(content) : String(content));
      }
    } else if (!/\bempty dir/.test(words)) {
      writeFileSync(join(directory, "part-00000"), typeof lines === "string" ? lines : asText(input(lines).records));
    }
    return this.#sc.textFile(directory, minPartitions);
  }

  async #apply(state: unknown, step: Step): Promise<unknown> {
    if (state instanceof RDD) {
      // What is expected in words is read off the slices, or off their sizes.
      if (/^(slice|partitionSizes)$/.test(step.name) && isRecord(this.item.expected)) return state;
      const spelt = this.#inOtherWords(state, step);
      if (spelt !== undefined) return spelt;
      const observation = lookUp(OBSERVATIONS, step.name);
      if (observation !== undefined) return observation(state, step);
      return await applyStep(state, step, this.#stepContext);
    }
    const onValue = lookUp(ON_VALUES, step.name);
    if (onValue === undefined) throw new NotYet(`"${step.name}" of a value`);
    return onValue(state);
  }

  /** What TypeScript has no such thing for, by what does the same. */
  #inOtherWords(rdd: RDD<unknown>, { name, args }: Step): RDD<unknown> | undefined {
    const { vocabulary } = this.#environment;
    // A partial function is one that gives a list of nothing, or of one.
    if (name === "collect" && args?.[0] === "partial") {
      const f = compile(this.#parameters.text("fn") ?? "", vocabulary).call;
      return rdd.flatMap((record) => {
        const made = f(record);
        // `if x>=3: toString` names what is to be done to x.
        const value = typeof made === "function" ? made(record) : made;
        return value === undefined || value === null ? [] : [value as {}];
      });
    }
    if (name === "prunePartitions") {
      const keeps = compile(this.#parameters.text("keep", "fn") ?? "", vocabulary).call;
      return rdd.mapPartitionsWithIndex((index, records) => (keeps(index) ? records : [])) as RDD<unknown>;
    }
    return undefined;
  }

  get #stepContext(): StepContext {
    return {
      parameters: this.#parameters,
      steps: this.#steps,
      vocabulary: this.#environment.vocabulary,
      plan: (text) => planFunction(text, this.#context),
      other: (value, partitions) => {
        if (value === undefined && this.#sides !== undefined) return this.#sides.right;
        if (value === undefined) {
          if (partitions === undefined) throw new Error("the operation needs another input: parameters.other");
          return this.#parallelize(this.#input, partitions);
        }
        if (typeof value === "string" && /^(self|itself|same)\b/.test(value)) {
          return evaluatePlan(
            value,
            { self: this.#base, itself: this.#base, same: this.#base },
            this.#context,
          ) as RDD<unknown>;
        }
        return this.#parallelize(input(value), partitions);
      },
    };
  }
}

const SOURCES = new Set(["parallelize", "makeRDD", "range", "textFile", "emptyRDD"]);

/** Operators that are given a partitioner, rather than finding one in their input. */
const TAKES_PARTITIONER = new Set(["partitionBy", "repartitionAndSortWithinPartitions"]);

/** Operators that leave keys where the input's partitioner has placed them. */
const KEYED = new Set([
  "reduceByKey",
  "groupByKey",
  "combineByKey",
  "aggregateByKey",
  "foldByKey",
  "mapValues",
  "filter",
]);

export function applyPreparation(start: RDD<unknown>, prep: string, context: PlanContext): RDD<unknown> {
  return applySteps(start, preparation(prep).map(asMap), {}, context) as RDD<unknown>;
}

/** A function alone, as `pairWithOne` or `pairWith('x')`, is mapped. */
export function asMap({ name, args }: Step): Step {
  if (isOperator(name)) return { name, args };
  return { name: "map", args: [args === undefined ? name : `${name}(${args.join()})`] };
}

/** Steps that look at an RDD without an operator of their own. */
const OBSERVATIONS: Readonly<Record<string, (rdd: RDD<unknown>, step: Step) => unknown>> = {
  numPartitions: (rdd) => rdd.getNumPartitions(),
  getNumPartitions: (rdd) => rdd.getNumPartitions(),
  partitions: (rdd) => rdd.getNumPartitions(),
  partitionSizes: sizes,
  slice: contents,
  partitioner: async (rdd) => (await rdd.partitioner()) ?? null,
  storageLevel: (rdd) => rdd.storageLevel.name,
  getStorageLevel: (rdd) => rdd.storageLevel.name,
  toLocalIterator: inTurn,
  sorted: async (rdd) => inOrder(await rdd.collect()),
  distinctIds: async (rdd) => [...new Set((await rdd.collect()).map((pair) => (pair as [unknown, unknown])[1]))],
  collect: (rdd, { args }) => {
    if (args !== undefined && args.length > 0) throw new NotYet(`RDD.collect(${args})`);
    return rdd.collect();
  },
};

/** What may be asked of a value that an action gave. */
const ON_VALUES: Readonly<Record<string, (value: unknown) => unknown>> = {
  count: (value) => Array.from(value as Iterable<unknown>).length,
  length: (value) => (typeof value === "number" ? value : Array.from(value as Iterable<unknown>).length),
  size: (value) => Array.from(value as Iterable<unknown>).length,
  sum: (value) => Array.from(value as Iterable<number>).reduce((a, b) => a + b, 0),
  sorted: (value) => inOrder(Array.from(value as Iterable<unknown>)),
  toSet: (value) => [...new Set(value as Iterable<unknown>)],
  toList: (value) => value,
  toSeq: (value) => value,
  toArray: (value) => value,
  toMap: (value) => value,
};

/** By `for await`, which is Spark's toLocalIterator. */
async function inTurn(rdd: RDD<unknown>): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const record of rdd) records.push(record);
  return records;
}

function asText(lines: readonly unknown[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
