/**
 * Tasks that go to a thread together with the one whose output they read, so that neither the driver nor the thread is
 * woken between them. Nobody has asked for them yet: what comes of them is kept until the scheduler does.
 *
 * ```text
 * driver    state p, result p ->                    state p has ended: its stage too, so the result stage begins: p is there
 * thread                        state p   result p ->
 * ```
 */
import type { BlockHandle } from "../../../core/block.ts";
import type { PipelineSpec, SourceSpec, TaskResult, TaskSpec } from "./protocol.ts";
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
  const { source } = pipeline;
  if (source.kind !== "made") return pipeline;
  const block = made.find(({ task }) => task.id === source.task)?.result.state?.[source.part];
  return block === undefined || block.classes !== undefined ? undefined : { ...pipeline, source: ofBlock(block) };
}

function ofBlock(block: BlockHandle): SourceSpec {
  return { kind: "blocks", blocks: [block], from: "cache" };
}
