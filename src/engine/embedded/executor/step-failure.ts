/** What went wrong in a task, and at which node of the plan. Passes unchanged through the loops and iterators around it. */
export class StepFailure extends Error {
  readonly node: number;
  readonly thrown: unknown;

  constructor(node: number, thrown: unknown) {
    super("a step of a task failed");
    this.node = node;
    this.thrown = thrown;
  }

  /** `thrown`, marked with the node, unless it is marked already. */
  static at(node: number, thrown: unknown): StepFailure {
    return thrown instanceof StepFailure ? thrown : new StepFailure(node, thrown);
  }
}
