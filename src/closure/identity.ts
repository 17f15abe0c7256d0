/**
 * Numbers for functions, classes and symbols. The driver gives one to each that it ships; a thread that revives it gives
 * it the same one, so that driver and executors can speak of a class without sending it.
 */
type Identified = Function | symbol;

const ids = new WeakMap<WeakKey, number>();
/** What a record may name: symbols, and functions that make objects. Held weakly, like all of it. */
const named = new Map<number, WeakRef<WeakKey>>();
const collected = new FinalizationRegistry<number>((id) => {
  if (named.get(id)?.deref() === undefined) named.delete(id);
});
let last = 0;

/** The number, the same for as long as the process lives: a new one at the first call. Only the driver gives numbers. */
export function identityOf(f: Identified): number {
  const known = ids.get(f);
  if (known !== undefined) return known;
  adoptIdentity(f, ++last);
  return last;
}

/** The number, if it has one. On the driver that is what has been shipped; on an executor, what has arrived. */
export function knownIdentityOf(f: Identified): number | undefined {
  return ids.get(f);
}

/** In an executor: `f` is what the driver knows by this number. */
export function adoptIdentity(f: Identified, id: number): void {
  ids.set(f, id);
  if (typeof f === "function" && !makesObjects(f)) return;
  named.set(id, new WeakRef<WeakKey>(f));
  collected.register(f, id);
}

/** The class or constructor function with this number, the one that came last: each task may have its own. */
export function classWithIdentity(id: number): Function | undefined {
  const found = named.get(id)?.deref();
  return typeof found === "function" ? found : undefined;
}

export function symbolWithIdentity(id: number): symbol | undefined {
  const found = named.get(id)?.deref();
  return typeof found === "symbol" ? found : undefined;
}

/** Whether it is a class or a constructor function: arrow functions and methods have no `prototype`. */
export function makesObjects(f: Function): boolean {
  return Object.getOwnPropertyDescriptor(f, "prototype")?.value?.constructor === f;
}
