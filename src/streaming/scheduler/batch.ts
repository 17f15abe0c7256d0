import { Time } from "../../core/time.ts";
import type { PlanNode, StateNode } from "../../rdd/plan.ts";
import type { OutputNode } from "../dstream/stream-node.ts";
import type { BatchInfo, OutputOperationInfo, StreamInputInfo } from "./streaming-listener.ts";

/** An output that is due in a batch: the RDD it gets, or why that could not be planned. */
export interface DueOutput {
  readonly output: OutputNode;
  readonly rdd: { readonly plan: PlanNode } | { readonly failure: unknown };
}

/** A batch that has been planned: what it will run. */
export interface PlannedBatch {
  /** Milliseconds since the epoch: the end of the interval whose input it has. */
  readonly time: number;
  readonly inputs: ReadonlyMap<number, StreamInputInfo>;
  readonly outputs: readonly DueOutput[];
  /** The batches of stateful streams: they are computed whatever the outputs ask for. */
  readonly states: readonly StateNode[];
}

interface Run {
  startTime: number | undefined;
  endTime: number | undefined;
  failureReason: string | undefined;
}

/** A batch on its way from submission to completion, and what listeners are told of it. */
export class SubmittedBatch {
  readonly planned: PlannedBatch;
  readonly batchTime: Time;
  readonly #submissionTime: number;
  readonly #runs: readonly Run[];

  constructor(planned: PlannedBatch, submissionTime: number) {
    this.planned = planned;
    this.batchTime = new Time(planned.time);
    this.#submissionTime = submissionTime;
    this.#runs = planned.outputs.map(() => ({ startTime: undefined, endTime: undefined, failureReason: undefined }));
  }

  outputStarted(id: number, time: number): void {
    this.#runs[id]!.startTime = time;
  }

  outputEnded(id: number, time: number, failureReason: string | undefined): void {
    Object.assign(this.#runs[id]!, { endTime: time, failureReason });
  }

  get hasEnded(): boolean {
    return this.#runs.every((run) => run.endTime !== undefined);
  }

  get hasFailed(): boolean {
    return this.#runs.some((run) => run.failureReason !== undefined);
  }

  info(): BatchInfo {
    // Outputs begin one after the other, but with concurrent jobs the last one need not be the last to end.
    const start = this.#runs[0]?.startTime;
    const end = this.hasEnded ? Math.max(...this.#runs.map((run) => run.endTime!)) : undefined;
    const schedulingDelay = start === undefined ? undefined : start - this.#submissionTime;
    const processingDelay = start === undefined || end === undefined ? undefined : end - start;
    const { inputs } = this.planned;
    return {
      batchTime: this.batchTime,
      streamIdToInputInfo: inputs,
      submissionTime: this.#submissionTime,
      processingStartTime: start,
      processingEndTime: end,
      schedulingDelay,
      processingDelay,
      totalDelay: processingDelay === undefined ? undefined : schedulingDelay! + processingDelay,
      numRecords: [...inputs.values()].reduce((sum, { numRecords }) => sum + numRecords, 0),
      outputOperationInfos: new Map(this.#runs.map((_, id) => [id, this.outputInfo(id)])),
    };
  }

  outputInfo(id: number): OutputOperationInfo {
    const { site } = this.planned.outputs[id]!.output;
    const { startTime, endTime, failureReason } = this.#runs[id]!;
    return {
      batchTime: this.batchTime,
      id,
      name: site.operator,
      description: site.toString(),
      startTime,
      endTime,
      duration: startTime === undefined || endTime === undefined ? undefined : endTime - startTime,
      failureReason,
    };
  }
}
