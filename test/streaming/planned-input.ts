import { type InputBatch, type InputContext, InputDStream, type SparkContext, type Time } from "millrace";

type Plan<T> = (sparkContext: SparkContext, time: number) => InputBatch<T> | undefined;

/** An input whose batches a function makes. */
export class PlannedInput<T> extends InputDStream<T> {
  starts = 0;
  stops = 0;
  readonly #plan: Plan<T>;
  #context!: InputContext;

  constructor(plan: Plan<T>) {
    super();
    this.#plan = plan;
  }

  override start(context: InputContext): void {
    this.starts++;
    this.#context = context;
  }

  override stop(): void {
    this.stops++;
  }

  plan({ milliseconds }: Time): InputBatch<T> | undefined {
    return this.#plan(this.#context.sparkContext, milliseconds);
  }
}
