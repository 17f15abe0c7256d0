/**
 * The promise of an action, which knows whether anybody has asked for its outcome: an output operation that starts an
 * action without awaiting it is told so, and waits for it all the same.
 */
export class ActionPromise<T> extends Promise<T> {
  #observed = false;

  /** What `then` and its like return is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Whether the program has awaited it, or handles its failure. */
  get observed(): boolean {
    return this.#observed;
  }

  // biome-ignore lint/suspicious/noThenProperty: this class is a promise
  override then<R = T, F = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => F | PromiseLike<F>) | null,
  ): Promise<R | F> {
    this.#observed = true;
    return super.then(onFulfilled, onRejected);
  }

  /** The outcome, for whoever must wait but is not the program. Never rejects. */
  settled(): Promise<PromiseSettledResult<T>> {
    return super.then(
      (value) => ({ status: "fulfilled", value }),
      (reason: unknown) => ({ status: "rejected", reason }),
    );
  }
}
