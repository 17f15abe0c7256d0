/** Whether `await` would wait for a value. */
export function isPromiseLike<V>(value: V | PromiseLike<V>): value is PromiseLike<V> {
  return typeof (value as Partial<PromiseLike<V>> | null | undefined)?.then === "function";
}
