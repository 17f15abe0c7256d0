/** Cases of streams: batches in, operations, batches out, under a clock that begins at 0 and is turned from tick to tick. */
import type { DStream, RDD, StreamingContext, Time } from "millrace";
import type { StreamTester } from "millrace/testing";
import { type CompareOptions, check } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { mustFail } from "../expected-errors.ts";
import { method, NotYet } from "../not-yet.ts";
import { applyStep, type StepContext } from "../operators.ts";
import { checkFields, Parameters } from "../parameters.ts";
import { applySteps, evaluatePlan, type PlanContext, planFunction } from "../plans.ts";
import { chain, preparation, type Step } from "../steps.ts";
import type { Case } from "../table.ts";
import { asMap, groupedBy } from "./rdd.ts";

/** Output operations: what a stream gives is learnt through one anyway. */
const OUTPUTS = new Set(["foreachRDD", "print"]);

type Batches = readonly (readonly {}[] | null)[];

/** What a stream has given at one time. */
interface Output {
  readonly timeMs: number;
  readonly records: readonly unknown[];
  readonly partitions: number;
}

export async function dstream(item: Case, environment: Environment): Promise<void> {
  checkFields(item, ["inputBatches", "otherBatches", "expectedBatches", "expectedPartitionsPerBatch"]);
  const parameters = new Parameters(item.parameters);
  await environment.withTester({ batchDuration: parameters.number("batchMs") ?? 1000 }, async (tester) => {
    if (parameters.take("needsCheckpointDir") === true) setCheckpointDirectory(tester.ssc, environment);
    const run = new StreamRun(item, parameters, tester, environment);
    if (item.expectError === undefined) await run.toEnd();
    else await mustFail(item.expectError, () => run.toEnd());
    run.check();
  });
}

/** Where there is no such directory in the API yet, the operator that needs it is missing too. */
function setCheckpointDirectory(ssc: StreamingContext, environment: Environment): void {
  if ("checkpoint" in ssc) method(ssc, "checkpoint", "StreamingContext")(environment.temporaryDirectory());
}

/** What `print` has printed of one batch, as records. */
function printed(text: string): Output {
  const [, time, , ...lines] = text.split("\n");
  return { timeMs: Number(/\d+/.exec(time ?? "")?.[0]), records: lines.slice(0, -1), partitions: Number.NaN };
}

class StreamRun {
  readonly #item: Case;
  readonly #parameters: Parameters;
  readonly #tester: StreamTester;
  readonly #context: PlanContext;
  readonly #steps: Step[];
  readonly #outputs: Output[] = [];
  #slideMs = 0;

  constructor(item: Case, parameters: Parameters, tester: StreamTester, environment: Environment) {
    this.#item = item;
    this.#parameters = parameters;
    this.#tester = tester;
    this.#steps = chain(item.operation);
    this.#context = {
      vocabulary: environment.vocabulary,
      sparkContext: tester.ssc.sparkContext,
      streamingContext: tester.ssc,
    };
  }

  /** Runs as many batches as it takes to have all that are expected; rejects with the error of one that fails. */
  async toEnd(): Promise<void> {
    const tester = this.#tester;
    const stream = this.#stream();
    const print = this.#steps.find(({ name }) => name === "print");
    const lines = print && (print.args?.length ? Number(print.args[0]) : this.#parameters.number("n", "num"));
    this.#parameters.checkAllTaken(this.#item.operation);
    this.#slideMs = stream.slideDuration.milliseconds;
    if (print === undefined) stream.foreachRDD((rdd, time) => this.#collect(rdd, time));
    else stream.print(lines);
    const { batchDuration } = tester.ssc;
    const slides = this.#expected.length * (this.#slideMs / batchDuration.milliseconds);
    const batches =
      this.#item.expectError === undefined ? slides : Math.max(slides, this.#input("inputBatches").length);
    await tester.start();
    for (let batch = 0; batch < batches; batch++) {
      await tester.advance(batchDuration);
      if (tester.failure !== undefined) throw tester.failure;
    }
    this.#outputs.push(...tester.printed.map(printed));
  }

  async #collect(rdd: RDD<unknown>, time: Time): Promise<void> {
    const [records, partitions] = await Promise.all([rdd.collect(), rdd.getNumPartitions()]);
    this.#outputs.push({ timeMs: time.milliseconds, records, partitions });
  }

  /** Each batch that has come is as expected; where the run must fail, there may be fewer. */
  check(): void {
    const { compare = "multiset", expectError, expectedPartitionsPerBatch: partitions } = this.#item;
    const options: CompareOptions = { mode: compare, grouped: groupedBy(this.#steps) };
    for (const [index, expected] of this.#expected.entries()) {
      const timeMs = (index + 1) * this.#slideMs;
      const output = this.#outputs.find((candidate) => candidate.timeMs === timeMs);
      if (output === undefined && expectError !== undefined) continue;
      check(expected, output?.records, options, `the batch of ${timeMs} ms`);
      if (partitions === undefined) continue;
      const wanted = Array.isArray(partitions) ? partitions[index] : partitions;
      check(wanted, output?.partitions, { mode: "ordered" }, `the number of partitions in the batch of ${timeMs} ms`);
    }
  }

  get #expected(): readonly unknown[][] {
    return (this.#item.expectedBatches ?? []) as unknown[][];
  }

  #input(field: "inputBatches" | "otherBatches"): Batches {
    return (this.#item[field] ?? []) as Batches;
  }

  /** The stream under test. */
  #stream(): DStream<unknown> {
    const parameters = this.#parameters;
    const partitions = parameters.number("inputPartitions");
    const prep = parameters.text("prep");
    const self = this.#prepared(this.#tester.input(this.#input("inputBatches"), partitions), prep, "prepLeft");
    const right =
      this.#item.otherBatches === undefined
        ? undefined
        : this.#prepared(this.#tester.input(this.#input("otherBatches"), partitions), prep, "prepRight");

    const [first, ...rest] = this.#steps;
    if (first?.name === "StreamingContext" || first?.name === "ssc") {
      const [operation, ...others] = rest;
      const start = this.#ofContext(operation!.name, self, right);
      return applySteps(start, others, {}, this.#context) as DStream<unknown>;
    }
    const stepContext: StepContext = {
      parameters,
      steps: this.#steps,
      vocabulary: this.#context.vocabulary,
      plan: (text) => planFunction(text, this.#context),
      rdd: (records) => this.#context.sparkContext.parallelize(records, 2),
      other: (value) => {
        if (value === undefined && right !== undefined) return right;
        if (typeof value !== "string") throw new Error("the operation needs another stream: parameters.other");
        return evaluatePlan(value, { self, other: right }, this.#context) as DStream<unknown>;
      },
    };
    return this.#steps.reduce((at: unknown, step) => {
      return OUTPUTS.has(step.name) ? at : applyStep(at as object, step, stepContext);
    }, self) as DStream<unknown>;
  }

  #prepared(stream: DStream<unknown>, prep: string | undefined, own: "prepLeft" | "prepRight"): DStream<unknown> {
    const text = this.#parameters.text(own) ?? prep;
    if (text === undefined) return stream;
    return applySteps(stream, preparation(text).map(asMap), {}, this.#context) as DStream<unknown>;
  }

  /** `StreamingContext.union` and `transform`, over the streams that the parameters list. */
  #ofContext(operation: string, self: DStream<unknown>, right: DStream<unknown> | undefined): unknown {
    const written = (this.#parameters.take("streams") ?? (right ? ["self", "other"] : ["self"])) as readonly string[];
    const streams = written.map((text) =>
      evaluatePlan(text, { self, other: right }, this.#context),
    ) as DStream<unknown>[];
    const operator = method(this.#tester.ssc, operation, "StreamingContext");
    switch (operation) {
      case "union":
        return operator(streams);
      case "transform": {
        const fn = this.#parameters.text("fn", "transform");
        if (fn === undefined) throw new Error("transform needs a function: parameters.fn");
        return operator(streams, planFunction(fn, this.#context));
      }
      default:
        throw new NotYet(`calling StreamingContext.${operation}`);
    }
  }
}
