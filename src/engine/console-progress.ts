import type { Alarm, Clock } from "../platform/clock.ts";
import type { Terminal } from "../platform/terminal.ts";
import type { SparkListener, StageInfo, TaskEnd, TaskInfo } from "../rdd/spark-listener.ts";

/** A stage is shown when it has run for so long, as in Spark, and the line is drawn again so often. */
const FIRST_DELAY_MS = 500;
const REDRAW_MS = 200;

interface Shown extends StageInfo {
  running: number;
  done: number;
}

/**
 * Spark's progress line, on a terminal, for stages that take a while:
 *
 * ```text
 * [Stage 3:=================>                                       (3 + 2) / 8]
 * ```
 *
 * (tasks done + tasks running) / tasks in all. The line is gone when no such stage runs any more.
 */
export class ConsoleProgress implements SparkListener {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #stages = new Map<number, Shown>();
  #alarm: Alarm | undefined;
  #drawn = false;

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
  }

  onStageSubmitted(stage: StageInfo): void {
    this.#stages.set(stage.stageId, { ...stage, running: 0, done: 0 });
    this.#alarm ??= this.#next(FIRST_DELAY_MS);
  }

  onTaskStart({ stageId }: TaskInfo): void {
    const stage = this.#stages.get(stageId);
    if (stage !== undefined) stage.running++;
  }

  onTaskEnd({ stageId, failureReason }: TaskEnd): void {
    const stage = this.#stages.get(stageId);
    if (stage === undefined) return;
    stage.running--;
    if (failureReason === undefined) stage.done++;
  }

  onStageCompleted({ stageId }: StageInfo): void {
    this.#stages.delete(stageId);
    if (this.#stages.size === 0) this.#end();
  }

  #next(ms: number): Alarm {
    return this.#clock.at(this.#clock.now() + ms, () => this.#draw(), { keepAlive: false });
  }

  #draw(): void {
    this.#alarm = this.#next(REDRAW_MS);
    const slow = [...this.#stages.values()].filter(({ time }) => this.#clock.now() - time >= FIRST_DELAY_MS);
    if (slow.length === 0) return;
    const width = Math.floor(this.#terminal.columns / slow.length);
    this.#terminal.redraw(slow.map((stage) => bar(stage, width)).join(""));
    this.#drawn = true;
  }

  #end(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (this.#drawn) this.#terminal.redraw("");
    this.#drawn = false;
  }
}

function bar({ stageId, done, running, numTasks }: Shown, width: number): string {
  const [head, tail] = [`[Stage ${stageId}:`, `(${done} + ${running}) / ${numTasks}]`];
  const room = width - head.length - tail.length;
  if (room <= 0) return head + tail;
  const filled = Math.floor((room * done) / numTasks);
  const arrow = filled < room ? `${"=".repeat(filled)}>`.padEnd(room) : "=".repeat(room);
  return head + arrow + tail;
}
