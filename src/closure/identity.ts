/**
 * Numbers for functions and classes. The driver gives one to each that it ships; a thread that revives the function
 * gives it the same one, so that driver and executors can speak of a class without sending it.
 */
const ids = new WeakMap<Function, number>();
let last = 0;

/** The function's number, the same for as long as the process lives. */
export function identityOf(f: Function): number {
  let id = ids.get(f);
  if (id === undefined) {
    id = ++last;
    ids.set(f, id);
  }
  return id;
}

/** In an executor: `f` is what the driver knows by this number. */
export function adoptIdentity(f: Function, id: number): void {
  ids.set(f, id);
}
