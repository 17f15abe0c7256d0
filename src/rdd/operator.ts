/**
 * The definition of an operator: written once, as the code for one record, from which an engine makes its loops.
 *
 * A task is `open -> records -> epochEnd -> close`. A batch is one epoch; a task that runs record by record would see
 * many. What must survive a record lives in the declared state. Nothing learns of the end of input but by `epochEnd`.
 *
 * Two kinds: a *record* operator is a code template and is fused with its neighbours into one loop; a *border* gets the
 * records of its partition as an iterator, so the loop before it ends there.
 */
export type Operator = RecordOperator | BorderOperator;

export interface RecordOperator {
  readonly type: "record";
  readonly name: string;
  /** `record`: emits while it sees records; `epoch`: keeps what it sees and emits only at the epoch's end. */
  readonly emits: "record" | "epoch";
  /** An expression for the state of a new task: an object, which `record` and `epochEnd` find as `code.state`. */
  readonly open?: string;
  /** Statements for one record. */
  record(code: OperatorCode): string;
  /** Statements for the end of an epoch. */
  epochEnd?(code: OperatorCode): string;
}

/** What a template is made of: names of things, and the code that comes after this operator. */
export interface OperatorCode {
  /** The incoming record. */
  readonly value: string;
  readonly state: string;
  readonly argument: string;
  /** A call of the program's function number `index`; its result is checked to be no promise. */
  call(index: number, ...args: readonly string[]): string;
  /** Statements that hand a record to the next operator. `value` is an expression, evaluated once. */
  next(value: string): string;
  /** A statement that ends the input: no more records are wanted. */
  readonly enough: string;
  /** A name that nothing else uses. */
  local(hint: string): string;
}

/** An operator whose function gets a whole partition. */
export interface BorderOperator {
  readonly type: "border";
  readonly name: string;
}
