import { driverOnly } from "../closure/driver-only.ts";
import { CallSite } from "../core/call-site.ts";
import { MillraceError } from "../errors.ts";
import { lazyModule } from "../platform/own-modules.ts";
import type { Engine } from "./engine.ts";
import type { PlanPartitioner } from "./partitioner.ts";
import type { PlanNode, UserFunction } from "./plan.ts";
import type { RDD } from "./rdd.ts";
import { isStorageLevel, StorageLevel } from "./storage-level.ts";

const closures = lazyModule<typeof import("../closure/shipped-closure.ts")>(
  import.meta.url,
  "../closure/shipped-closure.ts",
);
const debugStrings = lazyModule<typeof import("./debug-string.ts")>(import.meta.url, "./debug-string.ts");

/** What an RDD needs of its context. */
export interface RddContext {
  /** @internal */
  readonly engine: Engine;
  /** @internal A facade over a plan. */
  rdd<T>(plan: PlanNode): RDD<T>;
}

/** What every RDD is, before any operator: a plan, a context, and how it is kept. */
export abstract class RDDBase<out T> {
  /** @internal */
  readonly rddContext: RddContext;
  /** @internal */
  readonly plan: PlanNode;
  /** Keeps the type of the records, which no field has, apart from that of other RDDs. */
  declare protected readonly recordType?: T;

  constructor(context: RddContext, plan: PlanNode) {
    this.rddContext = context;
    this.plan = plan;
  }

  /** Unique in the process. */
  get id(): number {
    return this.plan.id;
  }

  /** How many partitions there are. Plans the RDD: the files of a `textFile` are listed now. */
  async getNumPartitions(): Promise<number> {
    return (await this.rddContext.engine.partitioning(this.plan)).numPartitions;
  }

  /** The partitioner that placed the keys of this RDD, or undefined where none did. */
  async partitioner(): Promise<PlanPartitioner | undefined> {
    return (await this.rddContext.engine.partitioning(this.plan)).partitioner;
  }

  /**
   * Keeps the partitions when they are first computed, so that later jobs read them: in memory, or in files ({@link StorageLevel}). Takes effect
   * on the call and returns this RDD. A partition that has no room at its level is computed again instead, as in Spark.
   *
   * @example
   * ```ts
   * import { SparkContext, StorageLevel } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const squares = sc.range(0, 1000).map((n) => n * n).persist(StorageLevel.MEMORY_ONLY);
   * await squares.count();
   * console.log(await squares.take(3)); // read from memory
   * squares.unpersist();
   * await sc.stop();
   * ```
   */
  persist(level: StorageLevel = StorageLevel.MEMORY_ONLY): this {
    checkStorageLevel(level, () => new CallSite("persist"));
    const { engine } = this.rddContext;
    const present = engine.storageLevel(this.plan);
    if (present !== StorageLevel.NONE && present.name !== level.name) {
      throw new MillraceError(
        "CONTEXT_STATE",
        `the storage level of an RDD cannot be changed from ${present.name} to ${level.name}`,
        {
          remedy: "Call unpersist() first.",
        },
      );
    }
    engine.persist(this.plan, level);
    return this;
  }

  /** `persist()` with Spark's default level for RDDs, MEMORY_ONLY. */
  cache(): this {
    return this.persist();
  }

  /** Frees what `persist` kept; the next job computes it again. Returns this RDD. */
  unpersist(): this {
    this.rddContext.engine.unpersist(this.plan);
    return this;
  }

  get storageLevel(): StorageLevel {
    return this.rddContext.engine.storageLevel(this.plan);
  }

  /**
   * How this RDD is computed, as text: a line for each RDD that it is made of, its partitions where they begin, a step to
   * the right behind each shuffle. Plans the RDD.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.range(0, 9, 1, 4).map((n) => [n % 3, n]).groupByKey(2).toDebugString());
   * await sc.stop();
   * ```
   */
  toDebugString(): Promise<string> {
    return debugStrings().debugString(this.plan, this.rddContext.engine);
  }

  /** What a closure that captured this RDD is told. */
  [Symbol.for("millrace.ship")](): never {
    return driverOnly("RDD");
  }
}

/** Checks a function that an operator was given, and returns it as plans keep it. */
export function userFunction(f: unknown, site: CallSite): UserFunction {
  if (typeof f !== "function") {
    throw new MillraceError(
      "INVALID_ARGUMENT",
      `${site.operator} needs a function, not ${f === null ? "null" : typeof f}`,
      {
        operator: site.operator,
        site: site.location,
      },
    );
  }
  closures().checkClosure(f as UserFunction, site);
  return f as UserFunction;
}

/** Throws `INVALID_ARGUMENT` for what is no storage level. */
export function checkStorageLevel(level: StorageLevel, siteOf: () => CallSite): void {
  if (isStorageLevel(level)) return;
  const { operator, location } = siteOf();
  throw new MillraceError("INVALID_ARGUMENT", `${operator} needs a storage level`, {
    operator,
    site: location,
    remedy: "Give one of StorageLevel, as StorageLevel.MEMORY_ONLY.",
  });
}

/** The plan of an RDD that an operator is given beside its own. Throws `INVALID_ARGUMENT` for what is none. */
export function planOf(other: RDD<unknown>, site: CallSite): PlanNode {
  if (other instanceof RDDBase) return other.plan;
  throw new MillraceError("INVALID_ARGUMENT", `${site.operator} needs an RDD, not ${kindOf(other)}`, {
    operator: site.operator,
    site: site.location,
    remedy: "Make one of an array with sparkContext.parallelize(); of a stream, use its RDDs in transformWith().",
  });
}

function kindOf(given: unknown): string {
  if (given === null || given === undefined) return String(given);
  return typeof given === "object" ? (given.constructor?.name ?? "an object") : typeof given;
}
