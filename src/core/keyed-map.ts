import { canonicalKey, isPrimitiveKey } from "./key.ts";

/**
 * A result by key, as `collectAsMap`, `countByKey` and `countByValue` give it: a read-only map whose `get` and `has`
 * compare keys by content, as shuffles do, so that a tuple or an object finds what an equal one was put under. Keys come
 * in the order in which they were first met.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { SparkContext } from "millrace";
 *
 * const sc = new SparkContext({ master: "local" });
 * const temperatures = await sc.parallelize([[["EC-MIG", "engine 1"], 640]]).collectAsMap();
 * assert.equal(temperatures.get(["EC-MIG", "engine 1"]), 640);
 * await sc.stop();
 * ```
 */
export class KeyedMap<K, V> implements ReadonlyMap<K, V> {
  // Plain fields and no private ones, so that functions can capture a map and take it along to the executors.
  /** @internal */
  readonly pairs: readonly (readonly [K, V])[];
  /** @internal Where in `pairs` a key is. */
  readonly places: Places;

  /** Of several pairs with the same key, the last one counts. */
  constructor(pairs: Iterable<readonly [K, V]>) {
    const order: (readonly [K, V])[] = [];
    const places = { byIdentity: new Map<unknown, number>(), byText: new Map<string, number>() };
    for (const pair of pairs) {
      const place = placeOf(places, pair[0]);
      if (place !== undefined) order[place] = [order[place]![0], pair[1]];
      else if (isPrimitiveKey(pair[0])) places.byIdentity.set(pair[0], order.push(pair) - 1);
      else places.byText.set(canonicalKey(pair[0]), order.push(pair) - 1);
    }
    this.pairs = order;
    this.places = places;
  }

  get size(): number {
    return this.pairs.length;
  }

  get(key: K): V | undefined {
    const place = placeOf(this.places, key);
    return place === undefined ? undefined : this.pairs[place]![1];
  }

  has(key: K): boolean {
    return placeOf(this.places, key) !== undefined;
  }

  forEach(f: (value: V, key: K, map: ReadonlyMap<K, V>) => void, thisValue?: unknown): void {
    for (const [key, value] of this.pairs) f.call(thisValue, value, key, this);
  }

  *keys(): Generator<K, undefined> {
    for (const [key] of this.pairs) yield key;
  }

  *values(): Generator<V, undefined> {
    for (const [, value] of this.pairs) yield value;
  }

  *entries(): Generator<[K, V], undefined> {
    for (const [key, value] of this.pairs) yield [key, value];
  }

  [Symbol.iterator](): Generator<[K, V], undefined> {
    return this.entries();
  }

  get [Symbol.toStringTag](): string {
    return "KeyedMap";
  }
}

/** A primitive is found by itself, all else by its canonical text. */
interface Places {
  readonly byIdentity: ReadonlyMap<unknown, number>;
  readonly byText: ReadonlyMap<string, number>;
}

function placeOf({ byIdentity, byText }: Places, key: unknown): number | undefined {
  return isPrimitiveKey(key) ? byIdentity.get(key) : byText.get(canonicalKey(key));
}
