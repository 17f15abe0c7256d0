/** The module of an executor thread: one slot, which runs one task at a time in the order in which they come. */
import { MillraceError, toWire } from "../../../errors.ts";
import { logElsewhere } from "../../../platform/log.ts";
import { type Transferable, threadPort } from "../../../platform/threads.ts";
import { ReceivedBroadcasts } from "../../../rdd/broadcast.ts";
import { ExecutorResources } from "../../../rdd/executor-local.ts";
import { ClosureRegistry } from "./closure-registry.ts";
import { Executor } from "./executor.ts";
import { madeBlocks } from "./made-blocks.ts";
import {
  type ExecutorSettings,
  type FromExecutor,
  PROTOCOL_VERSION,
  type TaskResult,
  type TaskSpec,
  type ToExecutor,
} from "./protocol.ts";
import { runWithAhead } from "./run-ahead.ts";
import { TaskCancellation } from "./task-cancellation.ts";
import { runTask, type TaskOutcome } from "./task-runner.ts";

/** Deep enough that an error of the program's shows its own frames above the loop's. */
Error.stackTraceLimit = 50;

const port = threadPort<FromExecutor, ToExecutor>();
const settings = port.data as ExecutorSettings;
if (settings.version !== PROTOCOL_VERSION)
  throw new MillraceError("INTERNAL", `protocol ${settings.version}, not ${PROTOCOL_VERSION}`);
logElsewhere((message) => port.send({ type: "log", message }));
const cancel = new Int32Array(settings.cancel);
const executor = new Executor(
  settings.blockBudgetBytes,
  settings.blockDirectory,
  new ExecutorResources(() => port.send({ type: "opened" })),
);
const closures = new ClosureRegistry();
let running: { readonly task: number; readonly cancellation: TaskCancellation } | undefined;
let last: Promise<void> = Promise.resolve();

port.listen((message) => {
  switch (message.type) {
    case "closures":
      for (const { id, bytes } of message.closures) closures.add(id, bytes);
      break;
    case "forget":
      closures.forget(message.closures);
      break;
    // In turn with tasks: one that runs keeps what it has.
    case "broadcasts":
      last = last.then(() => closures.addBroadcasts(message.broadcasts));
      break;
    case "drop":
      last = last.then(() => ReceivedBroadcasts.drop(message.broadcast));
      break;
    case "dropState":
      last = last.then(() => executor.states.drop(message.state));
      break;
    case "free":
      for (const block of message.blocks) executor.pool.free(block);
      break;
    case "task":
      for (const block of message.free) executor.pool.free(block);
      last = last.then(() => run(message.task, message.ahead));
      break;
    case "cancel":
      if (running?.task === message.task) running.cancellation.cancel();
      break;
    case "close":
      void last.then(() => executor.resources.close()).then(() => port.send({ type: "closed" }));
      break;
  }
});

async function run(task: TaskSpec, more: readonly TaskSpec[]): Promise<void> {
  const cancellation = new TaskCancellation(() => Atomics.load(cancel, 0) === task.id);
  running = { task: task.id, cancellation };
  const { outcome, ahead } = await runWithAhead(task, more, {
    run: (each, handsOn) => outcomeOf(each, handsOn, cancellation),
    discard,
  });
  running = undefined;
  report(task.id, outcome, ahead);
}

async function outcomeOf(task: TaskSpec, handsOn: boolean, cancellation: TaskCancellation): Promise<TaskOutcome> {
  try {
    const functions = await closures.functionsOf(task);
    return await runTask(task, executor, functions, cancellation, handsOn);
  } catch (error) {
    return { failure: { node: undefined, error: toWire(error), runMs: 0 } };
  }
}

function discard(result: TaskResult): void {
  for (const block of madeBlocks(result)) executor.partitions.drop(block);
  for (const { blocks } of result.cached) for (const block of blocks) executor.partitions.drop(block);
}

function report(task: number, outcome: TaskOutcome, ahead: readonly TaskResult[]): void {
  if ("failure" in outcome) port.send({ type: "failed", task, failure: outcome.failure });
  else {
    const { result } = outcome;
    const transfer = [result, ...ahead].flatMap(({ batches }) => batches.map(({ buffer }) => buffer as Transferable));
    port.send({ type: "done", task, result, ahead }, transfer);
  }
}
