import type { ListenerBus } from "../core/listener-bus.ts";
import { MillraceError } from "../errors.ts";
import { LocalFileSystem } from "../filesystem/local-filesystem.ts";
import type { Clock } from "../platform/clock.ts";
import { parallelism } from "../platform/machine.ts";
import { errorTerminal } from "../platform/terminal.ts";
import type { SparkListener } from "../rdd/spark-listener.ts";
import type { SparkConf } from "../spark-conf.ts";
import { ConsoleProgress } from "./console-progress.ts";
import { EmbeddedEngine } from "./embedded/embedded-engine.ts";
import { EventLog } from "./event-log.ts";

export interface EngineSettings {
  readonly master: string;
  readonly conf: SparkConf;
  readonly clock: Clock;
  readonly bus: ListenerBus<SparkListener>;
}

/** The engine that a master names, as the settings want it, and its progress on the terminal. */
export function startEngine({ master, conf, clock, bus }: EngineSettings): EmbeddedEngine {
  const engine = new EmbeddedEngine({
    ...parseMaster(master),
    killGraceMs: conf.value("millrace.task.killGrace"),
    togetherMs: conf.value("millrace.task.together"),
    configuredParallelism: conf.value("spark.default.parallelism"),
    heapBytes: conf.value("spark.executor.memory"),
    blockBudgetBytes: conf.value("millrace.block.memory"),
    compactAfterBytes: conf.value("millrace.state.compactAfter"),
    localDirectory: conf.value("spark.local.dir"),
    filesystem: new LocalFileSystem(),
    clock,
    bus,
  });
  bus.add(new EventLog(), EventLog.hears);
  const terminal = conf.value("spark.ui.showConsoleProgress") ? errorTerminal() : undefined;
  if (terminal !== undefined) bus.add(new ConsoleProgress(terminal, clock));
  return engine;
}

/** What a master asks for: threads (none for the driver's own), and how often a task may fail. Spark's local masters try once. */
function parseMaster(master: string): { readonly threads: number | undefined; readonly maxFailures: number } {
  if (master === "local") return { threads: undefined, maxFailures: 1 };
  const [, threads, failures = "1"] = /^local\[\s*(\*|[1-9]\d*)\s*(?:,\s*([1-9]\d*)\s*)?\]$/.exec(master) ?? [];
  if (threads === undefined) {
    throw new MillraceError("INVALID_ARGUMENT", `there is no master "${master}"`, {
      remedy:
        "Use local (the driver's own thread), local[N] (N threads), local[N, F] (N threads, and tasks that may fail F times) or local[*] (a thread for each core).",
    });
  }
  return { threads: threads === "*" ? parallelism() : Number(threads), maxFailures: Number(failures) };
}
