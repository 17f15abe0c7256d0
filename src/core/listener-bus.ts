import { MillraceError } from "../errors.ts";

/** The methods of a listener: each may be missing, and takes one event. */
export type ListenerMethod<L> = {
  [K in keyof L]-?: NonNullable<L[K]> extends (event: never) => unknown ? K : never;
}[keyof L];

/** The event that a method of a listener takes. */
export type ListenerEvent<L, K extends keyof L> = NonNullable<L[K]> extends (event: infer E) => unknown ? E : never;

/**
 * Tells listeners of events, one after the other, in the order in which they were added. When `post` returns, each has
 * been called. A listener that throws, or whose promise rejects, harms neither the others nor whoever posts: its error
 * goes to `onError`.
 */
export class ListenerBus<L extends object> {
  /** Never changed but replaced, so that a listener may add and remove listeners, and that a post copies nothing. */
  #listeners: readonly { readonly listener: L; hears(method: string): boolean }[] = [];
  readonly #onError: (error: unknown, method: string) => void;

  constructor(onError: (error: unknown, method: string) => void) {
    this.#onError = onError;
  }

  /** `hears` says which of the listener's methods are called now; by default all that it has are. */
  add(listener: L, hears: (method: string) => boolean = () => true): void {
    if (typeof listener !== "object" || listener === null) {
      throw new MillraceError("INVALID_ARGUMENT", "a listener must be an object whose methods are called");
    }
    if (this.#listeners.some((each) => each.listener === listener)) return;
    this.#listeners = [...this.#listeners, { listener, hears }];
  }

  remove(listener: L): void {
    this.#listeners = this.#listeners.filter((each) => each.listener !== listener);
  }

  /** Whether anybody hears of such events; for those that cost something to put together. */
  hears(method: ListenerMethod<L> & string): boolean {
    return this.#listeners.some(({ listener, hears }) => listener[method] !== undefined && hears(method));
  }

  /** As {@link post}, of an event that is put together if anybody hears of it. */
  tell<K extends ListenerMethod<L> & string>(method: K, event: () => ListenerEvent<L, K>): void {
    if (this.hears(method)) this.post(method, event());
  }

  post<K extends ListenerMethod<L> & string>(method: K, event: ListenerEvent<L, K>): void {
    for (const { listener, hears } of this.#listeners) {
      if (!hears(method)) continue;
      try {
        const result = (listener[method] as ((event: unknown) => unknown) | undefined)?.call(listener, event);
        if (isPromise(result)) result.then(undefined, (error: unknown) => this.#onError(error, method));
      } catch (error) {
        this.#onError(error, method);
      }
    }
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
