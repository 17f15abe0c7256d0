/** Values that are sent to each executor once, however many functions use them. */
import { MillraceError } from "../errors.ts";
import type { UserFunction } from "./plan.ts";

/**
 * A value that functions on executors read: a table to look things up in, for example. A function that captures the
 * value itself takes a copy along; one that captures its broadcast takes a number along, and each executor thread gets the
 * value once, with the first task that needs it.
 *
 * @example
 * ```ts
 * import { SparkContext } from "millrace";
 *
 * const sc = new SparkContext({ master: "local[2]" });
 * const cities = sc.broadcast(new Map([["CDG", "Paris"], ["NCE", "Nice"]]));
 * console.log(await sc.parallelize(["NCE", "CDG"]).map((code) => cities.value.get(code)).collect()); // [ 'Nice', 'Paris' ]
 * await sc.stop();
 * ```
 */
export abstract class Broadcast<out T> {
  /** Unique in the process. */
  abstract readonly id: number;
  /** The value, as it was when it was broadcast. Throws `BROADCAST_DESTROYED`. */
  abstract get value(): T;
  /** Frees the executors' copies; those that need the value again get it again. */
  abstract unpersist(): void;
  /** Frees the value everywhere. What uses it from now on is an error. */
  abstract destroy(): void;
}

let lastId = 0;

/** What the driver has of a broadcast. */
export class DriverBroadcast<out T> extends Broadcast<T> {
  readonly id = ++lastId;
  readonly #drop: (id: number) => void;
  #kept: { readonly value: T; readonly function: UserFunction } | undefined;

  /** `drop` frees the copies that executors have. */
  constructor(value: T, drop: (id: number) => void) {
    super();
    this.#kept = { value, function: itself.bind(undefined, value) };
    this.#drop = drop;
  }

  get value(): T {
    return this.#get().value;
  }

  /** The value as executors get it: a function of ours, which they have, bound to the value. Throws `BROADCAST_DESTROYED`. */
  get function(): UserFunction {
    return this.#get().function;
  }

  unpersist(): void {
    this.#drop(this.id);
  }

  destroy(): void {
    this.#kept = undefined;
    this.#drop(this.id);
  }

  /** What functions take along in its place. */
  [Symbol.for("millrace.ship")](): BroadcastReference<T> {
    this.#get();
    return new BroadcastReference(this.id);
  }

  #get(): { readonly value: T; readonly function: UserFunction } {
    if (this.#kept === undefined) throw destroyed(this.id);
    return this.#kept;
  }
}

/** What executors have of a broadcast: its number, by which {@link ReceivedBroadcasts} finds the value. */
export class BroadcastReference<out T> extends Broadcast<T> {
  readonly id: number;

  constructor(id: number) {
    super();
    this.id = id;
  }

  get value(): T {
    const make = received.get(this.id);
    if (make === undefined) throw destroyed(this.id);
    return make() as T;
  }

  unpersist(): void {
    throw onlyOnDriver("unpersist");
  }

  destroy(): void {
    throw onlyOnDriver("destroy");
  }
}

/** The values of the broadcasts that this thread has received, and how each is had. */
const received = new Map<number, () => unknown>();

export const ReceivedBroadcasts = {
  add(id: number, make: () => unknown): void {
    received.set(id, make);
  },
  drop(id: number): void {
    received.delete(id);
  },
};

export function itself<T>(value: T): T {
  return value;
}

function destroyed(id: number): MillraceError {
  return new MillraceError("BROADCAST_DESTROYED", `broadcast ${id} has been destroyed`, {
    remedy: "Call destroy() when no RDD that uses the broadcast is computed any more; unpersist() only frees memory.",
  });
}

function onlyOnDriver(method: string): MillraceError {
  return new MillraceError("CONTEXT_STATE", `${method}() of a broadcast was called in a task`, {
    remedy: `Call ${method}() on the driver.`,
  });
}
