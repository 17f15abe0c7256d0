import { MillraceError } from "../../../errors.ts";
import { type Alarm, SystemClock } from "../../../platform/clock.ts";
import type { MapAsyncRule } from "../../../rdd/operators/map-async.ts";
import type { Chunk } from "../../../rdd/record-chunks.ts";
import { TaskContext } from "../../../rdd/task-context.ts";
import { type ChunkSource, pull } from "./chunk-source.ts";
import type { TaskFunction } from "./fused-loop.ts";
import { StepFailure } from "./step-failure.ts";
import type { TaskEnvironment } from "./task-environment.ts";

/** A call that has been begun, until its result is handed on. */
interface Call {
  readonly controller: AbortController;
  readonly alarm: Alarm | undefined;
  settled: boolean;
  result: unknown;
}

/**
 * What an async function makes of each record. At most `concurrency` calls are under way; results that wait for their
 * turn count among them, so that one slow call does not let the others run far ahead.
 */
export class MapAsyncSource implements ChunkSource {
  readonly sync = false;
  readonly #upstream: ChunkSource;
  readonly #f: TaskFunction;
  readonly #rule: MapAsyncRule;
  readonly #node: number;
  readonly #env: TaskEnvironment;
  readonly #cancelled = TaskContext.get()?.signal;
  readonly #clock = new SystemClock();
  readonly #onCancelled = () => this.#wake();
  /** In the order in which they were begun. */
  #calls: Call[] = [];
  #chunk: Chunk = [];
  #index = 0;
  #inputEnded = false;
  #failure: StepFailure | undefined;
  #wake: () => void = () => undefined;

  constructor(upstream: ChunkSource, f: TaskFunction, rule: MapAsyncRule, node: number, env: TaskEnvironment) {
    this.#upstream = upstream;
    this.#f = f;
    this.#rule = rule;
    this.#node = node;
    this.#env = env;
    this.#cancelled?.addEventListener("abort", this.#onCancelled, { once: true });
  }

  nextSync(): Chunk | undefined {
    throw new MillraceError("INTERNAL", "an asynchronous source was pulled synchronously");
  }

  async next(): Promise<Chunk | undefined> {
    for (;;) {
      await this.#begin();
      this.#env.checkCancelled();
      if (this.#failure !== undefined) throw this.#failure;
      const results = this.#takeResults();
      if (results.length > 0) return results;
      if (this.#calls.length === 0 && this.#inputEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#cancelled?.aborted) resolve();
      });
    }
  }

  close(): void {
    this.#cancelled?.removeEventListener("abort", this.#onCancelled);
    for (const { alarm, controller, settled } of this.#calls) {
      alarm?.cancel();
      if (!settled) controller.abort();
    }
    this.#calls = [];
    this.#upstream.close();
  }

  /** Begins as many calls as may be under way. */
  async #begin(): Promise<void> {
    while (this.#calls.length < this.#rule.concurrency && this.#failure === undefined) {
      if (this.#index < this.#chunk.length) this.#call(this.#chunk[this.#index++]);
      else if (this.#inputEnded) return;
      else {
        const chunk = await pull(this.#upstream);
        this.#inputEnded = chunk === undefined;
        this.#chunk = chunk ?? [];
        this.#index = 0;
      }
    }
  }

  #call(record: unknown): void {
    const controller = new AbortController();
    const call: Call = { controller, alarm: this.#timeLimit(controller), settled: false, result: undefined };
    this.#calls.push(call);
    const settle = (result: unknown) => {
      call.alarm?.cancel();
      call.settled = true;
      call.result = result;
      this.#wake();
    };
    new Promise((resolve) => resolve(this.#f(record, controller.signal))).then(settle, (thrown) => {
      this.#fail(thrown);
      settle(undefined);
    });
  }

  #timeLimit(controller: AbortController): Alarm | undefined {
    const { timeoutMs } = this.#rule;
    if (timeoutMs === undefined) return undefined;
    return this.#clock.at(this.#clock.now() + timeoutMs, () => {
      const error = new MillraceError("ASYNC_TIMEOUT", `a call took longer than ${timeoutMs} ms`, {
        remedy: "Raise the timeout, or let the function give up by itself: its second argument is a signal.",
      });
      this.#fail(error);
      controller.abort(error);
      this.#wake();
    });
  }

  /** The first failure counts: what the others come to is nobody's concern then. */
  #fail(thrown: unknown): void {
    this.#failure ??= StepFailure.at(this.#node, thrown);
  }

  /** The results that may be handed on: those that nothing is before, or in any order. */
  #takeResults(): unknown[] {
    const ready: unknown[] = [];
    const waiting: Call[] = [];
    for (const call of this.#calls) {
      const blocked = this.#rule.ordered && waiting.length > 0;
      if (call.settled && !blocked) ready.push(call.result);
      else waiting.push(call);
    }
    this.#calls = waiting;
    return ready;
  }
}
