import { CallSite } from "../core/call-site.ts";
import { MillraceError } from "../errors.ts";
import { systemRandom } from "../platform/random.ts";
import { placeOf } from "./driver-side.ts";
import { partitionerRule } from "./given-partitioner.ts";
import type { SampleRule } from "./operators/sample.ts";
import { PairJoins } from "./pair-joins.ts";
import type { Partitions } from "./partitioner.ts";
import { type CoGroupNode, narrow, nextPlanId, type PairingNode, type ShuffleNode } from "./plan.ts";
import type { RDD } from "./rdd.ts";
import { planOf, userFunction } from "./rdd-base.ts";
import type { Shape } from "./shape.ts";

/** The operators that treat records as members of sets, put two RDDs side by side, or take one apart. */
export abstract class SetFunctions<out T> extends PairJoins<T> {
  /**
   * The records by the keys that `f` makes of them, those of one key in the order of the partitions.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const parity = sc.range(1, 6).groupBy((n) => (n % 2 === 0 ? "even" : "odd"));
   * console.log(await parity.collect()); // [ [ 'even', [2, 4] ], [ 'odd', [1, 3, 5] ] ], in some order
   * await sc.stop();
   * ```
   */
  groupBy<K extends Shape>(f: (value: T) => K, partitions?: Partitions): RDD<[K, T[]]> {
    const site = new CallSite("groupBy");
    const groups: ShuffleNode = {
      type: "shuffle",
      id: nextPlanId(),
      site,
      parent: narrow(this.plan, "keyBy", [userFunction(f, site)], site),
      partitioner: partitionerRule(partitions, site),
      aggregation: { kind: "group", functions: [] },
    };
    return this.rddContext.rdd(groups);
  }

  /**
   * The records that both RDDs have, each once. Records are compared by content, as keys are.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize([1, 1, 2, 3]).intersection(sc.parallelize([1, 3, 5])).collect()); // [ 1, 3 ], in some order
   * await sc.stop();
   * ```
   */
  intersection(other: RDD<T>, partitions?: Partitions): RDD<T> {
    const site = new CallSite("intersection");
    const groups: CoGroupNode = {
      type: "cogroup",
      id: nextPlanId(),
      site,
      parents: [this.plan, planOf(other, site)].map((plan) => narrow(plan, "recordAsKey", [], site)),
      partitioner: partitionerRule(partitions, site),
    };
    return this.rddContext.rdd(narrow(groups, "inBoth", [], site));
  }

  /**
   * The records that `other` does not have; of equal ones, all. Records are compared by content, as keys are.
   *
   * @param partitions as many as this RDD has by default
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize([1, 1, 2, 3]).subtract(sc.parallelize([2, 3])).collect()); // [ 1, 1 ]
   * await sc.stop();
   * ```
   */
  subtract(other: RDD<T>, partitions?: Partitions): RDD<T> {
    const site = new CallSite("subtract");
    const groups: CoGroupNode = {
      type: "cogroup",
      id: nextPlanId(),
      site,
      parents: [this.plan, planOf(other, site)].map((plan) => narrow(plan, "recordAsKey", [], site)),
      partitioner: partitionerRule(partitions, site, "first"),
    };
    return this.rddContext.rdd(narrow(narrow(groups, "subtractByKey", [], site), "keys", [], site));
  }

  /**
   * Each record of this RDD with each of `other`, in as many partitions as the product of theirs. A task holds the records
   * of one partition of either in memory.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize([1, 2]).cartesian(sc.parallelize(["a", "b"])).count()); // 4
   * await sc.stop();
   * ```
   */
  cartesian<U>(other: RDD<U>): RDD<[T, U]> {
    return this.#paired("cartesian", other);
  }

  /**
   * The records of this RDD and of `other` side by side. Both must have as many partitions, and as many records in each:
   * `INVALID_ARGUMENT` otherwise, when a job finds it out.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const words = sc.parallelize(["a", "b"], 2);
   * console.log(await words.zip(words.map((word) => word.toUpperCase())).collect()); // [ [ 'a', 'A' ], [ 'b', 'B' ] ]
   * await sc.stop();
   * ```
   */
  zip<U>(other: RDD<U>): RDD<[T, U]> {
    return this.#paired("zip", other);
  }

  /**
   * Each record with a number that no other has. In partition k of n the numbers are k, n + k, 2n + k and so on: unlike
   * {@link Transformations.zipWithIndex}, it needs no job.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize(["a", "b", "c"], 2).zipWithUniqueId().collect()); // [ [ 'a', 0 ], [ 'b', 1 ], [ 'c', 3 ] ]
   * await sc.stop();
   * ```
   */
  zipWithUniqueId(): RDD<[T, number]> {
    return this.rddContext.rdd(narrow(this.plan, "zipWithUniqueId", [], new CallSite("zipWithUniqueId")));
  }

  /**
   * The records dealt out at random over as many RDDs as there are weights, each record to one of them.
   *
   * @param weights how large the parts are beside each other; they need not add up to 1
   * @param seed of the randomness: the same seed deals them in the same way; by default another one at each call
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const [training, test] = sc.range(0, 1000).randomSplit([0.8, 0.2], 42);
   * console.log(await training!.count(), await test!.count()); // about 800 and 200
   * await sc.stop();
   * ```
   */
  randomSplit(weights: readonly number[], seed: number = systemRandom.next()): RDD<T>[] {
    const site = new CallSite("randomSplit");
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (!weights.every((weight) => weight >= 0) || !(total > 0) || total === Number.POSITIVE_INFINITY) {
      const what = `weights must be numbers from 0 on, and not all 0, not [${weights.join(", ")}]`;
      throw new MillraceError("INVALID_ARGUMENT", what, placeOf(site));
    }
    let passed = 0;
    return weights.map((weight) => {
      const from = passed / total;
      passed += weight;
      const rule: SampleRule = { withReplacement: false, from, fraction: passed / total - from, seed };
      return this.rddContext.rdd(narrow(this.plan, "sample", [], site, { argument: rule, keepsKeys: true }));
    });
  }

  #paired<U>(type: PairingNode["type"], other: RDD<U>): RDD<[T, U]> {
    const site = new CallSite(type);
    return this.rddContext.rdd({ type, id: nextPlanId(), site, parents: [this.plan, planOf(other, site)] });
  }
}
