/** Where an object keeps what its late property is made of; no one lists it. */
const SOURCE: unique symbol = Symbol("source");

/**
 * Makes a function that gives objects a property `key`, made of a source whenever it is read. All of them share one getter: of an
 * object literal with a getter of its own V8 makes a hidden class of its own, in 3 us, which keeps whatever the getter
 * refers to until the next full collection.
 */
export function lateProperty<K extends string, S, V>(
  key: K,
  make: (source: S) => V,
): <O extends object>(object: O, source: S) => O & Readonly<Record<K, V>> {
  const late: PropertyDescriptor & ThisType<{ readonly [SOURCE]: S }> = {
    get() {
      return make(this[SOURCE]);
    },
    enumerable: true,
    configurable: true,
  };
  return (object, source) => {
    Object.defineProperty(object, SOURCE, { value: source });
    return Object.defineProperty(object, key, late) as typeof object & Readonly<Record<K, V>>;
  };
}
