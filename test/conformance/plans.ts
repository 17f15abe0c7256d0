/** RDDs and streams that a table writes as expressions: `self.map(x -> x+4)`, `l.join(r)`, `union(rdds)`, `rdd -> null`. */
import { RDD, type SparkContext, type StreamingContext } from "millrace";
import type { Fn } from "./evaluate.ts";
import { NotYet } from "./not-yet.ts";
import { applyStep, type StepContext } from "./operators.ts";
import { Parameters } from "./parameters.ts";
import { chain, cut, type Step } from "./steps.ts";

export interface PlanContext {
  readonly vocabulary: Readonly<Record<string, string>>;
  readonly sparkContext: SparkContext;
  readonly streamingContext?: StreamingContext;
}

/** What an expression names: an RDD, a stream, a list of them, or null. */
type PlanScope = Readonly<Record<string, unknown>>;

export function evaluatePlan(text: string, scope: PlanScope, context: PlanContext): unknown {
  if (text === "null" || text === "None") return null;
  const [head, ...steps] = chain(text);
  if (head === undefined) throw new NotYet(`the expression "${text}"`);
  const [start, rest] = root(head, steps, scope, context) ?? notUnderstood(text);
  return applySteps(start, rest, scope, context);
}

/** The steps applied to a target, one after the other; what they need beside it is in `scope`. */
export function applySteps(target: unknown, steps: readonly Step[], scope: PlanScope, context: PlanContext): unknown {
  const stepContext: StepContext = {
    parameters: new Parameters({}),
    vocabulary: context.vocabulary,
    other: (value) => evaluatePlan(String(value), scope, context) as object,
    plan: (text) => planFunction(text, context),
  };
  return steps.reduce((at, step) => applyStep(at as object, step, stepContext), target);
}

/** A function from RDDs to an RDD. */
export function planFunction(text: string, context: PlanContext): Fn {
  const match = /^\s*\(?([\w\s,]*)\)?\s*[-=]>\s*(.*)$/s.exec(text);
  if (match === null) throw new NotYet(`the expression "${text}"`);
  const names = cut(match[1]!, ",");
  const body = match[2]!.trim();
  return (...args) => evaluatePlan(body, Object.fromEntries(names.map((name, i) => [name, args[i]])), context);
}

/** Where a chain begins, and its steps from there on. */
function root(head: Step, steps: Step[], scope: PlanScope, context: PlanContext): [unknown, Step[]] | undefined {
  const [, name = "", index] = /^(\w+)(?:\[(\d+)\])?$/.exec(head.name) ?? [];
  if (Object.hasOwn(scope, name) && head.args === undefined) {
    return [index === undefined ? scope[name] : (scope[name] as readonly unknown[])[Number(index)], steps];
  }
  if (head.name === "union" && head.args !== undefined) return [unionOf(head.args, scope, context), steps];
  const [first, ...rest] = steps;
  if (
    /^(sc|ssc|SparkContext|StreamingContext)$/.test(head.name) &&
    first?.name === "union" &&
    first.args !== undefined
  ) {
    return [unionOf(first.args, scope, context), rest];
  }
  return undefined;
}

function unionOf(args: readonly string[], scope: PlanScope, context: PlanContext): unknown {
  const parts = args
    .flatMap((arg) => cut(arg.replace(/^\[(.*)\]$/s, "$1"), ","))
    .flatMap((part) => evaluatePlan(part, scope, context));
  if (parts.every((part) => part instanceof RDD)) return context.sparkContext.union(parts);
  return context.streamingContext!.union(parts as never);
}

function notUnderstood(text: string): never {
  throw new NotYet(`the expression "${text}"`);
}
