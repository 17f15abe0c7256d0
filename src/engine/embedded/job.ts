import type { BatchScope } from "../../rdd/engine.ts";

/** One run of an action. */
export interface Job {
  readonly id: number;
  /** The action and the line that called it. */
  readonly description: string;
  readonly batch: BatchScope | undefined;
}
