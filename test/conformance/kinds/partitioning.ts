/** Cases of how RDDs are partitioned: `partitioner after filter`, `partitions after join`, `defaultPartitioner`. */

import { HashPartitioner, type RDD } from "millrace";
import { rangeBounds } from "../../../src/rdd/range-partitioner.ts";
import { input } from "../inputs.ts";
import { lookUp } from "../look-up.ts";
import { NotYet } from "../not-yet.ts";
import { applyStep } from "../operators.ts";
import type { Parameters } from "../parameters.ts";
import { applySteps, evaluatePlan, type PlanContext, planFunction } from "../plans.ts";
import { chain, type Step } from "../steps.ts";
import type { Case } from "../table.ts";
import { placed } from "./placing.ts";

/** What the operation gives, where it is one of these; a wrong partitioner throws. */
export async function partitioningCase(
  item: Case,
  parameters: Parameters,
  context: PlanContext,
): Promise<{ readonly value: unknown } | undefined> {
  if (item.operation === "determineBounds") return { value: determinedBounds(item, parameters) };
  const after = /^(partitioner|partitions|numPartitions) (?:after|of) (.+)$/.exec(item.operation);
  if (after !== null) {
    const [, what, operation] = after;
    const { before, rdd } = afterOperation(item, operation!, parameters, context);
    return { value: what === "partitioner" ? await outcome(before, rdd, item.expected) : await rdd.getNumPartitions() };
  }
  if (item.operation === "RangePartitioner.numPartitions") return { value: await ranges(item, parameters, context) };
  if (/^defaultPartitioner\b/.test(item.operation))
    return { value: await defaultPartitions(item, parameters, context) };
  if (/^HashPartitioner\b.*\bequal/i.test(item.operation)) return { value: equality(item, parameters) };
  return undefined;
}

/** The bounds that planning finds in a sample: keys, or keys with what they weigh. */
function determinedBounds(item: Case, parameters: Parameters): unknown[] {
  const weighed = input(item.input).records.map((candidate) =>
    Array.isArray(candidate) ? { key: candidate[0], weight: candidate[1] as number } : { key: candidate, weight: 1 },
  );
  return rangeBounds(weighed, parameters.number("partitions") ?? 1, undefined);
}

/** How many ranges a sort finds, of so many that it is asked for. */
function ranges(item: Case, parameters: Parameters, { sparkContext }: PlanContext): Promise<number> {
  const rdd = sparkContext.parallelize(input(item.input).records as number[], 2);
  return rdd.sortBy((x) => x, true, parameters.number("partitions")).getNumPartitions();
}

/** Whether two partitioners, each `HashPartitioner(2)` or only 2, are equal. */
function equality(item: Case, parameters: Parameters): boolean {
  const given = Object.keys(item.parameters).map((name) =>
    /^(?:HashPartitioner\()?(\d+)\)?$/.exec(String(parameters.take(name))),
  );
  const [left, right, ...more] = given.map((match) => match && new HashPartitioner(Number(match[1])));
  if (!left || !right || more.length > 0) throw new NotYet(`${item.operation} of ${Object.values(item.parameters)}`);
  return left.equals(right);
}

/** An RDD made as the parameters say, and the operation applied to it. */
function afterOperation(
  item: Case,
  operation: string,
  parameters: Parameters,
  context: PlanContext,
): { readonly before: RDD<unknown>; readonly rdd: RDD<unknown> } {
  const { records } = input(item.input);
  const start = context.sparkContext.parallelize(records as {}[], parameters.number("partitions"));
  const made = (name: string, from: RDD<unknown>): RDD<unknown> | undefined => {
    const text = parameters.text(name);
    return text === undefined ? undefined : (applySteps(from, chain(text).map(complete), {}, context) as RDD<unknown>);
  };
  const base = made("base", start) ?? start;
  const left = made("left", base) ?? base;
  const right = made("right", base) ?? made("other", base);
  const stepContext = {
    parameters,
    vocabulary: context.vocabulary,
    plan: (text: string) => planFunction(text, context),
    other: (value: unknown) =>
      value === undefined ? (right ?? left) : (evaluatePlan(String(value), { self: left }, context) as RDD<unknown>),
  };
  const steps = chain(operation).map(complete);
  const rdd = steps.reduce((at: unknown, step) => applyStep(at as object, step, stepContext), left);
  return { before: left, rdd: rdd as RDD<unknown> };
}

/** Functions that change nothing, for operators that are written without one. */
const DEFAULTS: Readonly<Record<string, string>> = {
  map: "x -> x",
  flatMap: "x -> [x]",
  filter: "x -> true",
  mapPartitions: "records -> toList(records)",
  mapValues: "v -> v",
  flatMapValues: "v -> [v]",
  reduceByKey: "(x,y) -> x",
  keyBy: "x -> x",
};

/** `reduceByKey(2)` is written without its function. */
function complete(step: Step): Step {
  const standIn = lookUp(DEFAULTS, step.name);
  if (standIn === undefined) return step;
  const args = step.args ?? [];
  return args.length === 0 || /^\d+$/.test(args[0]!) ? { name: step.name, args: [standIn, ...args] } : step;
}

/** The partitioner in the words of the expectation: `kept`, `changed`, none, or how many partitions it has. */
async function outcome(before: RDD<unknown>, after: RDD<unknown>, expected: unknown): Promise<unknown> {
  const [was, is] = await Promise.all([before.partitioner(), after.partitioner()]);
  if (is === undefined) return null;
  if (typeof expected === "number") return is.numPartitions;
  return is.equals(was) ? "kept" : "changed";
}

/** A cogroup of RDDs in these partitions takes the partitioner that is the default for them. */
async function defaultPartitions(item: Case, parameters: Parameters, context: PlanContext): Promise<number> {
  const names = Object.keys(item.parameters).filter((name) => typeof item.parameters[name] === "string");
  const rdds = names.filter((name) => name !== "note").map((name) => described(parameters.text(name)!, context));
  const [left, right, ...more] = rdds as [RDD<[unknown, unknown]>, RDD<[unknown, unknown]>];
  if (left === undefined || right === undefined || (more as unknown[]).length > 0) {
    throw new NotYet(`RDD.cogroup of ${rdds.length} RDDs`);
  }
  return left.cogroup(right).getNumPartitions();
}

const PAIRS: readonly [number, number][] = [
  [1, 1],
  [2, 2],
  [3, 3],
];

/** `HashPartitioner(10)`, or `11 partitions, none`. */
function described(text: string, { sparkContext }: PlanContext): RDD<unknown> {
  const partitioner = /HashPartitioner\((\d+)\)/.exec(text)?.[1];
  const partitions = /(\d+) partitions?/.exec(text)?.[1];
  const rdd = sparkContext.parallelize(PAIRS, partitions === undefined ? undefined : Number(partitions));
  if (partitioner !== undefined) return placed(rdd, new HashPartitioner(Number(partitioner)));
  if (partitions === undefined) throw new NotYet(`an RDD with "${text}"`);
  return rdd;
}
