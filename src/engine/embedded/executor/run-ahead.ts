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
import type { PipelineSpec, SourceSpec, TaskResult, TaskSpec } from "./protocol.ts";
import { sectionOf } from "./section-writer.ts";
import type { TaskOutcome } from "./task-runner.ts";

/** What a task has made, for those that follow it. */
export interface Made {
  readonly task: TaskSpec;
  readonly result: TaskResult;
}

/**
 * Runs tasks that read what `first`, or one another, have made. Ends with the first that fails, or that cannot be run here:
 * it is run when somebody asks for it, and what then goes wrong is reported and tried again as ever.
 */
export async function runAhead(
  tasks: readonly TaskSpec[],
  first: Made,
  run: (task: TaskSpec) => Promise<TaskOutcome>,
): Promise<TaskResult[]> {
  const made = [first];
  const results: TaskResult[] = [];
  for (const task of tasks) {
    const pipeline = resolved(task.pipeline, made);
    if (pipeline === undefined) break;
    const outcome = await run({ ...task, pipeline });
    if ("failure" in outcome) break;
    made.push({ task, result: outcome.result });
    results.push(outcome.result);
  }
  return results;
}

/** The pipeline with blocks for what has been made by now; undefined where it was not, or holds instances of classes that the task may lack. */
function resolved(pipeline: PipelineSpec, made: readonly Made[]): PipelineSpec | undefined {
  const source = resolvedSource(pipeline.source, made);
  return source && { ...pipeline, source };
}

function resolvedSource(source: SourceSpec, made: readonly Made[]): SourceSpec | undefined {
  switch (source.kind) {
    case "made":
      return ofBlocks(source, made);
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

function ofBlocks(
  { tasks, part }: Extract<SourceSpec, { kind: "made" }>,
  made: readonly Made[],
): SourceSpec | undefined {
  const blocks: StoredBlock[] = [];
  for (const id of tasks) {
    const result = made.find(({ task }) => task.id === id)?.result;
    const block = typeof part === "string" ? result?.state?.[part] : result?.shuffle?.block;
    if (block === undefined || block.classes !== undefined) return undefined;
    if (typeof part === "string") blocks.push(block);
    else blocks.push(...sectionOf(result!.shuffle!, part));
  }
  return { kind: "blocks", blocks, from: typeof part === "string" ? "cache" : "shuffle" };
}
