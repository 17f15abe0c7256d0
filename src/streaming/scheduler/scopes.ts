/** The scopes of a batch's jobs. What they are for is put into words when somebody asks: each batch has two, and few are asked. */
import type { CallSite } from "../../core/call-site.ts";
import type { Time } from "../../core/time.ts";
import type { BatchScope } from "../../rdd/engine.ts";

/** Those that functions of the program start while it is planned. */
export class PlanningScope implements BatchScope {
  readonly batchTime: number;

  constructor(batchTime: number) {
    this.batchTime = batchTime;
  }

  get description(): string {
    return `planning of the batch of ${this.batchTime} ms`;
  }
}

/** Those of an output operation. */
export class OutputScope implements BatchScope {
  readonly batchTime: number;
  readonly outputOpId: number;
  readonly site: CallSite;

  constructor({ milliseconds }: Time, outputOpId: number, site: CallSite) {
    this.batchTime = milliseconds;
    this.outputOpId = outputOpId;
    this.site = site;
  }

  get description(): string {
    return `${this.site.operator} in the batch of ${this.batchTime} ms`;
  }
}
