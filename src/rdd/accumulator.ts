/** What tasks add to and the driver reads: counts and sums on the side of a job. */
import { MillraceError } from "../errors.ts";
import { currentUpdates } from "./task-context.ts";

/**
 * A value that functions on executors add to, and that only the driver reads. What a task added counts once, when the
 * task's result is accepted: tasks that fail or are not needed count nothing. In actions each record is therefore counted
 * exactly once, under retries, too; transformations count again where they are computed again (as in Spark).
 *
 * @example
 * ```ts
 * import { SparkContext } from "millrace";
 *
 * const sc = new SparkContext({ master: "local[2]" });
 * const bad = sc.longAccumulator("unreadable lines");
 * const readings = sc.parallelize(["640", "oops", "655"]).flatMap((line) => {
 *   if (Number.isFinite(Number(line))) return [Number(line)];
 *   bad.add(1);
 *   return [];
 * });
 * console.log(await readings.count(), bad.value); // 2 1
 * await sc.stop();
 * ```
 */
export abstract class Accumulator<in In, out Out> {
  /** Unique in the process. */
  readonly id: number;
  readonly name: string | undefined;

  constructor(id: number, name: string | undefined) {
    this.id = id;
    this.name = name;
  }

  /** Adds, in a task to what the task has added so far. */
  abstract add(value: In): void;

  /** What has been added. Throws `CONTEXT_STATE` in a task, which knows only its own part. */
  abstract get value(): Out;
}

/** How a kind of accumulator keeps what is added: in a state, which tasks send to the driver as records. */
interface AccumulatorKind {
  zero(): unknown[];
  /** Throws `INVALID_ARGUMENT` for what cannot be added. */
  add(state: unknown[], value: unknown): void;
  merge(state: unknown[], records: readonly unknown[]): void;
}

const SUM_AND_COUNT: Pick<AccumulatorKind, "zero" | "merge"> = {
  zero: () => [0, 0],
  merge(state, [sum, count]) {
    state[0] = (state[0] as number) + (sum as number);
    state[1] = (state[1] as number) + (count as number);
  },
};

const KINDS = {
  long: {
    ...SUM_AND_COUNT,
    add(state, value) {
      if (!Number.isInteger(value)) throw unfit("a longAccumulator takes whole numbers", value);
      SUM_AND_COUNT.merge(state, [value, 1]);
    },
  },
  double: {
    ...SUM_AND_COUNT,
    add(state, value) {
      if (typeof value !== "number") throw unfit("a doubleAccumulator takes numbers", value);
      SUM_AND_COUNT.merge(state, [value, 1]);
    },
  },
  collection: {
    zero: () => [],
    add: (state, value) => void state.push(value),
    merge(state, records) {
      for (const record of records) state.push(record);
    },
  },
} as const satisfies Record<string, AccumulatorKind>;

type KindName = keyof typeof KINDS;

function unfit(what: string, value: unknown): MillraceError {
  return new MillraceError("INVALID_ARGUMENT", `${what}, not ${typeof value === "number" ? value : typeof value}`);
}

let lastId = 0;
const onDriver = new Map<number, WeakRef<DriverAccumulator<never, unknown>>>();
const unreachable = new FinalizationRegistry<number>((id) => onDriver.delete(id));

/** What the driver has of an accumulator. */
abstract class DriverAccumulator<in In, out Out> extends Accumulator<In, Out> {
  protected state: unknown[];
  readonly #kind: KindName;

  constructor(kind: KindName, name: string | undefined) {
    super(++lastId, name);
    this.#kind = kind;
    this.state = KINDS[kind].zero();
    onDriver.set(this.id, new WeakRef(this as unknown as DriverAccumulator<never, unknown>));
    unreachable.register(this, this.id);
  }

  add(value: In): void {
    const updates = currentUpdates();
    if (updates === undefined) KINDS[this.#kind].add(this.state, value);
    else updates.add(this.id, this.#kind, value);
  }

  /** Back to where it began. */
  reset(): void {
    this.state = KINDS[this.#kind].zero();
  }

  /** @internal What a task has added. */
  merge(records: readonly unknown[]): void {
    KINDS[this.#kind].merge(this.state, records);
  }

  protected read<R>(read: (state: unknown[]) => R): R {
    if (currentUpdates() !== undefined) throw unreadable();
    return read(this.state);
  }

  /** What functions take along in its place. */
  [Symbol.for("millrace.ship")](): AccumulatorReference {
    return new AccumulatorReference(this.id, this.name, this.#kind);
  }
}

/** Sums and counts numbers: `sc.longAccumulator`, of whole numbers, and `sc.doubleAccumulator`. */
export class NumberAccumulator extends DriverAccumulator<number, number> {
  constructor(kind: "long" | "double", name: string | undefined) {
    super(kind, name);
  }

  /** The sum. */
  get value(): number {
    return this.sum;
  }

  get sum(): number {
    return this.read(([sum]) => sum as number);
  }

  /** How many numbers have been added. */
  get count(): number {
    return this.read(([, count]) => count as number);
  }

  /** The mean of what has been added; NaN where nothing has. */
  get avg(): number {
    return this.sum / this.count;
  }

  get isZero(): boolean {
    return this.count === 0;
  }
}

/** A list of what is added: `sc.collectionAccumulator`. */
export class CollectionAccumulator<T> extends DriverAccumulator<T, readonly T[]> {
  constructor(name: string | undefined) {
    super("collection", name);
  }

  /** All that has been added, task by task, as tasks ended. */
  get value(): readonly T[] {
    return this.read((state) => state as T[]);
  }

  get isZero(): boolean {
    return this.value.length === 0;
  }
}

/** What executors have of an accumulator. */
export class AccumulatorReference extends Accumulator<unknown, never> {
  readonly kind: KindName;

  constructor(id: number, name: string | undefined, kind: KindName) {
    super(id, name);
    this.kind = kind;
  }

  add(value: unknown): void {
    const updates = currentUpdates();
    if (updates === undefined) throw new MillraceError("CONTEXT_STATE", "an accumulator was added to after its task");
    updates.add(this.id, this.kind, value);
  }

  get value(): never {
    throw unreadable();
  }
}

function unreadable(): MillraceError {
  return new MillraceError("CONTEXT_STATE", "the value of an accumulator was read in a task", {
    remedy: "Read it on the driver, when the action has ended; a task knows only what it has added itself.",
  });
}

/** What one task has added. */
export class AccumulatorUpdates {
  readonly #states = new Map<number, unknown[]>();

  add(id: number, kind: KindName, value: unknown): void {
    let state = this.#states.get(id);
    if (state === undefined) {
      state = KINDS[kind].zero();
      this.#states.set(id, state);
    }
    KINDS[kind].add(state, value);
  }

  /** The states by accumulator. */
  get states(): Iterable<readonly [id: number, records: readonly unknown[]]> {
    return this.#states;
  }
}

/** Adds what a task has added, on the driver. An accumulator that nobody can read any more is passed over. */
export function acceptUpdate(id: number, records: readonly unknown[]): void {
  onDriver.get(id)?.deref()?.merge(records);
}
