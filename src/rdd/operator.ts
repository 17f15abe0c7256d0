/**
 * The definition of an operator: written once, as the code for one record, from which an engine makes its loops.
 *
 * A task is `open -> records -> epochEnd -> close`. A batch is one epoch; a task that runs record by record would see
 * many. What must survive a record lives in the declared state. Nothing learns of the end of input but by `epochEnd`.
 *
 * Two kinds: a *record* operator is a code template and is fused with its neighbours into one loop; a *border* gets the
 * records of its partition as an iterator, so the loop before it ends there.
 */
import type { RecordShape } from "../core/record-shape.ts";

export type Operator = RecordOperator | BorderOperator;

export interface RecordOperator {
  readonly type: "record";
  readonly name: string;
  /** `record`: emits while it sees records; `epoch`: keeps what it sees and emits only at the epoch's end. */
  readonly emits: "record" | "epoch";
  /** Functions that the templates call, by {@link OpenCode.helper}. */
  readonly helpers?: Helpers;
  /** What planning finds out for each partition, by a job of its own; see {@link OpenCode.planned}. */
  readonly planned?: PlannedFact;
  /** An expression for the state of a new task: an object, which `record` and `epochEnd` find as `code.state`. */
  readonly open?: string | ((code: OpenCode) => string);
  /**
   * Statements for a chunk of records, before the first of them: `code.value` is the array or, where the records are pairs that
   * come as columns, the `AsciiTexts` of their keys. Only where the operator is the first of its loop, so that it sees what its
   * source has.
   */
  ahead?(code: OperatorCode): string;
  /**
   * Code for pairs that come as columns, where the operator is the first of its loop. No pair is made of what lies in columns, and no
   * string of a key, before a function of the program asks for it.
   */
  pairs?(code: PairsCode): PairsLoop;
  /** Statements for one record. */
  record(code: OperatorCode): string;
  /** Statements for the end of an epoch. */
  epochEnd?(code: OperatorCode): string;
}

/** What the code for pairs that come as columns is made of. */
export interface PairsCode extends OperatorCode {
  /** The `AsciiTexts` of all keys. */
  readonly keys: string;
  /** Which of them the pair at hand has. */
  readonly index: string;
  /**
   * The code that makes the value of the pair at hand. It stands in each branch at most once, and not before them: what one branch
   * keeps V8 would make for all.
   */
  readonly value: string;
  /** The shape of the values, and expressions for the fields of the one at hand, where each of them is in one column. */
  readonly shape: RecordShape | undefined;
  readonly fields: readonly string[];
}

export interface PairsLoop {
  /** Statements before the first pair. */
  readonly ahead: string;
  /** Statements for one pair. */
  readonly record: string;
}

export type Helpers = Readonly<Record<string, (...args: never[]) => unknown>>;

/** `offset`: how many records the partitions before this one have. `stride`: how many partitions there are. */
export type PlannedFact = "offset" | "stride";

/** What an expression for a state is made of. */
export interface OpenCode {
  readonly argument: string;
  /** The index of the partition that the operator computes. */
  readonly partition: string;
  /** The {@link PlannedFact} that the operator asks for. */
  readonly planned: string;
  /** The name of one of the operator's helpers. */
  helper(name: string): string;
  /** The name of the program's function number `index`, or `undefined` where it was given no such; for helpers. */
  function(index: number): string;
}

/** What a template is made of: names of things, and the code that comes after this operator. */
export interface OperatorCode extends OpenCode {
  /** The incoming record. */
  readonly value: string;
  /** The index of the record in the chunk that `ahead` has seen; undefined where it has seen none. */
  readonly index: string | undefined;
  readonly state: string;
  /** A call of the program's function number `index`; its result is checked to be no promise. */
  call(index: number, ...args: readonly string[]): string;
  /** What that function returns, where its text says so. */
  returns(index: number): RecordShape | undefined;
  /** Statements that hand a record to the next operator. `value` is an expression, evaluated once. */
  next(value: string): string;
  /** A statement for code that goes on after {@link OperatorCode.next}: what throws from here on is this operator's again. */
  readonly resume: string;
  /** A statement that ends the input: no more records are wanted. */
  readonly enough: string;
  /** A name that nothing else uses. */
  local(hint: string): string;
}

/** An operator whose function gets a whole partition. */
export interface BorderOperator {
  readonly type: "border";
  readonly name: string;
  /** Whether the function gets the partition's index before its records. */
  readonly getsIndex?: boolean;
}
