/** How the instances of a class cross to another thread, where their fields alone would not tell. */

/**
 * Names the static property by which a class says how its instances are encoded in records; it is
 * `Symbol.for("millrace.codec")`. Instances of most classes need none: their fields travel, and they come back with their
 * class, without its constructor having run. `#private` fields only the class itself can read and write.
 *
 * @example
 * ```ts
 * import { codec, SparkContext } from "millrace";
 *
 * class Money {
 *   readonly #cents: number;
 *   constructor(cents: number) {
 *     this.#cents = cents;
 *   }
 *   plus(other: Money): Money {
 *     return new Money(this.#cents + other.#cents);
 *   }
 *   toString(): string {
 *     return `${this.#cents / 100} EUR`;
 *   }
 *   static readonly [codec] = {
 *     encode: (money: Money) => money.#cents,
 *     decode: (cents: number) => new Money(cents),
 *   };
 * }
 *
 * const sc = new SparkContext({ master: "local[2]" });
 * const prices = sc.parallelize([["bolt", new Money(5)], ["bolt", new Money(7)]]);
 * const sums = await prices.reduceByKey((a, b) => a.plus(b)).collect();
 * console.log(`${sums[0]![1]}`); // 0.12 EUR
 * await sc.stop();
 * ```
 */
export const codec: unique symbol = Symbol.for("millrace.codec");

/** What the static property {@link codec} of a class holds. A subclass needs one of its own. */
export interface Codec<T = unknown, Data = unknown> {
  /** What stands for the instance: data, or instances of other classes. */
  encode(instance: T): Data;
  decode(data: Data): T;
}
