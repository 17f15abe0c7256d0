/**
 * Tasks that go to a thread together with the one whose output they read, so that neither the driver nor the thread is
 * woken between them. Nobody has asked for them yet: what comes of them is kept until the scheduler does.
 *
 * ```text
 * driver    state p, result p ->                    state p has ended: its stage too, so the result stage begins: p is there
 * thread                        state p   result p ->
 * ```
 */
import type { StoredBlock } from "../../../core/block.ts";
import type { Chunk } from "../../../rdd/record-chunks.ts";
import type { HandedRecords } from "./handed-records.ts";
import type { PipelineSpec, SourceSpec, TaskResult, TaskSpec } from "./protocol.ts";
import { sectionOf } from "./section-writer.ts";
import type { TaskOutcome } from "./task-runner.ts";

/** What a task has made, for those that follow it. */
interface Made {
  readonly task: TaskSpec;
  readonly result: TaskResult;
  readonly handed: HandedRecords | undefined;
}

type MadeSource = Extract<SourceSpec, { kind: "made" }>;

export interface AheadRunner {
  /** `handsOn`: see `runTask`. */
  run(task: TaskSpec, handsOn: boolean): Promise<TaskOutcome>;
  /** What a task has made is not wanted after all. */
  discard(result: TaskResult): void;
}

/**
 * Runs a task, and those that read what it, or one another, have made. Ends with the first that fails, or that cannot be run here:
 * it is run when somebody asks for it, and what then goes wrong is reported and tried again as ever. `ahead` has what came of the others.
 */
export async function runWithAhead(
  first: TaskSpec,
  others: readonly TaskSpec[],
  { run, discard }: AheadRunner,
): Promise<{ readonly outcome: TaskOutcome; readonly ahead: readonly TaskResult[] }> {
  const outcome = await run(first, handsOn(first, others));
  if ("failure" in outcome) return { outcome, ahead: [] };
  const made: Made[] = [{ task: first, result: outcome.result, handed: outcome.handed }];
  for (const [i, task] of others.entries()) {
    const pipeline = resolved(task.pipeline, made);
    if (pipeline === undefined) break;
    const outcome = await run({ ...task, pipeline }, handsOn(task, others.slice(i + 1)));
    if ("failure" in outcome) break;
    made.push({ task, result: outcome.result, handed: outcome.handed });
  }
  const results = made.map(({ result }) => result);
  if (!lacks(others.slice(made.length - 1), made)) return { outcome, ahead: results.slice(1) };
  // What was handed on is nowhere else, and may have been changed by those that had it: it is as if only the first had come.
  for (const result of results) discard(result);
  return { outcome: await run(first, false), ahead: [] };
}

/** Whether a task that has not run reads what was handed on, and is in no block. */
function lacks(left: readonly TaskSpec[], made: readonly Made[]): boolean {
  const isHandedOn = (id: number) => made.some(({ task, handed }) => task.id === id && handed?.sections !== undefined);
  return left.some(({ pipeline }) => madeIn(pipeline).some(({ tasks }) => tasks.some(isHandedOn)));
}

/** Whether each part of what a task will make is read once by the tasks behind it: as the source of their pipeline. */
function handsOn({ id, sink }: TaskSpec, behind: readonly TaskSpec[]): boolean {
  if (sink.kind === "result" || behind.length === 0) return false;
  const parts: MadeSource["part"][] = [];
  for (const { pipeline } of behind) {
    const { source } = pipeline;
    for (const made of madeIn(pipeline)) {
      if (!made.tasks.includes(id)) continue;
      if (made !== source || parts.includes(made.part)) return false;
      parts.push(made.part);
    }
  }
  return sink.kind === "state" ? parts.includes("emitted") : parts.length === sink.numPartitions;
}

/** All that a pipeline reads of what other tasks have made. */
function madeIn({ source }: PipelineSpec): readonly MadeSource[] {
  switch (source.kind) {
    case "made":
      return [source];
    case "aggregate":
      return madeIn(source.input);
    case "concat":
    case "cogroup":
    case "zip":
    case "cartesian":
      return (source.inputs as readonly PipelineSpec[]).flatMap(madeIn);
    default:
      return [];
  }
}

/** The pipeline with what has been made by now; undefined where it was not, or holds instances of classes that the task may lack. */
function resolved(pipeline: PipelineSpec, made: readonly Made[]): PipelineSpec | undefined {
  const source = resolvedSource(pipeline.source, pipeline.node, made);
  return source && { ...pipeline, source };
}

function resolvedSource(source: SourceSpec, node: number, made: readonly Made[]): SourceSpec | undefined {
  switch (source.kind) {
    case "made":
      return ofMade(source, node, made);
    case "aggregate": {
      const input = resolved(source.input, made);
      return input && { ...source, input };
    }
    case "concat":
    case "cogroup":
    case "zip":
    case "cartesian": {
      const inputs = source.inputs.map((input) => resolved(input, made));
      return inputs.includes(undefined) ? undefined : ({ ...source, inputs } as SourceSpec);
    }
    default:
      return source;
  }
}

/** Blocks, where there are any; and the records that were handed on, of each task in its place. */
function ofMade({ tasks, part }: MadeSource, node: number, made: readonly Made[]): SourceSpec | undefined {
  const from = typeof part === "string" ? "cache" : "shuffle";
  const sources: SourceSpec[] = [];
  for (const id of tasks) {
    const one = made.find(({ task }) => task.id === id);
    const source = one && ofTask(one, part, from);
    if (source === undefined) return undefined;
    const before = sources.at(-1);
    if (before?.kind === "handed" && source.kind === "handed")
      sources[sources.length - 1] = { ...before, chunks: [...before.chunks, ...source.chunks] };
    else if (before?.kind === "blocks" && source.kind === "blocks")
      sources[sources.length - 1] = { ...before, blocks: [...before.blocks, ...source.blocks] };
    else sources.push(source);
  }
  if (sources.length === 1) return sources[0];
  return { kind: "concat", inputs: sources.map((source) => ({ node, source, steps: [] })) };
}

function ofTask({ result, handed }: Made, part: MadeSource["part"], from: "cache" | "shuffle"): SourceSpec | undefined {
  const chunk = handedPart(handed, part);
  if (chunk !== undefined) return { kind: "handed", chunks: [chunk], from };
  const block = typeof part === "string" ? result.state?.[part] : result.shuffle?.block;
  if (block === undefined || block.classes !== undefined) return undefined;
  const blocks: StoredBlock[] = typeof part === "string" ? [block] : sectionOf(result.shuffle!, part);
  return { kind: "blocks", blocks, from };
}

function handedPart(handed: HandedRecords | undefined, part: MadeSource["part"]): Chunk | undefined {
  if (part === "emitted") return handed?.emitted;
  return part === "snapshot" ? undefined : handed?.sections?.[part];
}
