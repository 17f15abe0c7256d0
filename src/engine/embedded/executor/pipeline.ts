/**
 * Opens a pipeline: makes a source of chunks of it, with its operators fused into loops. A chain is cut into loops at its
 * borders, the operators whose functions iterate a whole partition.
 *
 * ```text
 * source -> [map filter] -> mapPartitions -> [flatMap] -> sink
 *            one loop        a border         one loop, with the sink inside
 * ```
 */
import { KeyedTable } from "../../../core/keyed-table.ts";
import { MillraceError } from "../../../errors.ts";
import type { BorderOperator, RecordOperator } from "../../../rdd/operator.ts";
import { operatorOf } from "../../../rdd/operators/index.ts";
import { type MapAsyncRule, mapAsync } from "../../../rdd/operators/map-async.ts";
import { EncodedRecords, type Sections } from "../../../rdd/readers/encoded-records.ts";
import { StoredPieces } from "../../../rdd/readers/stored-pieces.ts";
import type { AnySource } from "../../../rdd/source.ts";
import { namedCompute } from "../../../rdd/sources/index.ts";
import { decodeRecords } from "../../../serializer/record-batch.ts";
import { aggregateSink } from "./aggregate-sink.ts";
import { BorderSource } from "./border-source.ts";
import { cartesianSource } from "./cartesian-source.ts";
import type { ChunkSource } from "./chunk-source.ts";
import { coGroupSource } from "./cogroup-source.ts";
import { collectSink } from "./collect-sink.ts";
import { openComputed } from "./computed-source.ts";
import { ConcatSource } from "./concat-source.ts";
import type { FusedLoop, FusedStep, LoopState } from "./fused-loop.ts";
import { HeldSource } from "./held-source.ts";
import { LoopSource } from "./loop-source.ts";
import { MapAsyncSource } from "./map-async-source.ts";
import { MeteredSource } from "./metered-source.ts";
import { PersistSource } from "./persist-source.ts";
import type { AggregationSpec, PipelineSpec, SourceSpec, StepSpec } from "./protocol.ts";
import { StepFailure } from "./step-failure.ts";
import { TableSource } from "./table-source.ts";
import type { TaskEnvironment } from "./task-environment.ts";
import { ZipSource } from "./zip-source.ts";

/** A loop and what it runs over: what is left to do for a task once its pipeline is open. */
export interface OpenPipeline {
  readonly source: ChunkSource;
  readonly loop: FusedLoop;
  readonly state: LoopState;
}

/** Opens a pipeline whose last loop ends in `sink`, with `sinkState` as its state, or one of its own. */
export async function openPipeline(
  { node, source, steps }: PipelineSpec,
  sink: SinkStep,
  env: TaskEnvironment,
  sinkState?: unknown,
): Promise<OpenPipeline> {
  const opened = openSource(source, node, env);
  // Most sources are open at once: a turn of the queue for each would take longer than a task of a few records.
  let upstream = opened instanceof Promise ? await opened : opened;
  let fused: FusedStep[] = [];
  for (const step of steps) {
    const operator = step.operator === "persist" ? undefined : operatorOf(step.operator);
    if (operator?.type === "record") {
      fused.push(fuse(step, operator, env));
      continue;
    }
    if (fused.length > 0) upstream = loopSource(upstream, fused, env);
    fused = [];
    upstream = await openBorder(upstream, step, operator, env);
  }
  const all = [
    ...fused,
    {
      node: sink.node,
      operator: sink.operator,
      functions: sink.closures.map((id) => env.function(id)),
      argument: sink.argument,
    },
  ];
  return { source: upstream, ...env.open(all, sinkState) };
}

/** A pipeline as a source of chunks, for what reads it whole. */
export async function openChunks(spec: PipelineSpec, node: number, env: TaskEnvironment): Promise<ChunkSource> {
  if (spec.steps.length === 0) return openSource(spec.source, spec.node, env);
  const { source, loop, state } = await openPipeline(spec, { node, operator: collectSink, closures: [] }, env);
  return new LoopSource(source, loop, state, env);
}

export interface SinkStep {
  readonly node: number;
  readonly operator: RecordOperator;
  readonly closures: readonly number[];
  readonly argument?: unknown;
}

function fuse(step: StepSpec, operator: RecordOperator, env: TaskEnvironment): FusedStep {
  const { node, argument, partition, planned } = step;
  return { node, operator, functions: step.closures.map((id) => env.function(id)), argument, partition, planned };
}

/** What the records go through that are not fused: what keeps them, or a function that gets the whole partition. */
async function openBorder(
  upstream: ChunkSource,
  step: StepSpec,
  operator: BorderOperator | undefined,
  env: TaskEnvironment,
): Promise<ChunkSource> {
  if (operator === undefined) return PersistSource.open(upstream, step, env);
  if (operator !== mapAsync) return BorderSource.open(upstream, step, operator, env);
  return new MapAsyncSource(upstream, env.function(step.closures[0]!), step.argument as MapAsyncRule, step.node, env);
}

function loopSource(upstream: ChunkSource, steps: readonly FusedStep[], env: TaskEnvironment): ChunkSource {
  const { loop, state } = env.open([...steps, { node: steps.at(-1)!.node, operator: collectSink, functions: [] }]);
  return new LoopSource(upstream, loop, state, env);
}

function openSource(spec: SourceSpec, node: number, env: TaskEnvironment): ChunkSource | Promise<ChunkSource> {
  switch (spec.kind) {
    case "aggregate":
      return aggregate(spec.input, spec.aggregation, spec.combined ? "combiners" : "values", env).then(
        (table) => new TableSource(table),
      );
    case "concat":
      return ConcatSource.open(spec.inputs.map((input) => () => openChunks(input, node, env)));
    case "cogroup":
      return coGroupSource(
        spec.inputs.map((input) => () => openChunks(input, node, env)),
        node,
        env,
      );
    case "zip": {
      const [left, right] = spec.inputs;
      return ZipSource.open(
        () => openChunks(left, node, env),
        () => openChunks(right, node, env),
        node,
      );
    }
    case "cartesian": {
      const [left, right] = spec.inputs;
      return cartesianSource(
        () => openChunks(left, node, env),
        () => openChunks(right, node, env),
        env,
      );
    }
    case "made":
      throw new MillraceError("INTERNAL", `tasks ${spec.tasks} have not made what is to be read of them`);
    default:
      return metered(openLeaf(spec, node, env), spec, env);
  }
}

/** Most sources are open at once, and nothing is waited for. */
function metered(leaf: ChunkSource | Promise<ChunkSource>, spec: LeafSpec, env: TaskEnvironment) {
  const count = (source: ChunkSource) => new MeteredSource(source, spec, env.meter);
  return leaf instanceof Promise ? leaf.then(count) : count(leaf);
}

/** What is read from outside the task. */
function openLeaf(spec: LeafSpec, node: number, env: TaskEnvironment): ChunkSource | Promise<ChunkSource> {
  switch (spec.kind) {
    case "records":
      return EncodedRecords.of(spec.batches);
    case "blocks":
      return new EncodedRecords(placed(new StoredPieces(spec.blocks), node));
    case "handed":
      return new HeldSource(spec.chunks);
    case "named":
      return openComputed(namedCompute(spec.name), spec.input, node, env);
    case "shipped": {
      const [partition] = decodeRecords(spec.input);
      return openComputed(env.function(spec.compute) as AnySource["compute"], partition, node, env);
    }
  }
}

/** What goes wrong with the file of a block is the failure of the node whose partition it is. */
function placed(pieces: Sections, node: number): Sections {
  return {
    next() {
      try {
        return pieces.next();
      } catch (thrown) {
        throw StepFailure.at(node, thrown);
      }
    },
    close: () => pieces.close(),
  };
}

type LeafSpec = Exclude<SourceSpec, { kind: "aggregate" | "concat" | "cogroup" | "zip" | "cartesian" | "made" }>;

/** The pairs of a pipeline aggregated by key. */
export async function aggregate(
  input: PipelineSpec,
  aggregation: AggregationSpec,
  incoming: "values" | "combiners",
  env: TaskEnvironment,
): Promise<KeyedTable<unknown>> {
  const table = new KeyedTable<unknown>();
  const sink = {
    node: aggregation.node,
    operator: aggregateSink(aggregation.kind, incoming),
    closures: aggregation.closures,
    argument: aggregation.zero,
  };
  await env.drain(await openPipeline(input, sink, env, table));
  return table;
}
