/** Every operator by its name: plans and tasks name operators, engines and executors look them up here. */
import type { Operator } from "../operator.ts";
import { count } from "./count.ts";
import { extreme } from "./extreme.ts";
import { filter } from "./filter.ts";
import { firstInOrder } from "./first-in-order.ts";
import { flatMap } from "./flat-map.ts";
import { flatMapValues } from "./flat-map-values.ts";
import { fold } from "./fold.ts";
import { forEach } from "./for-each.ts";
import { forEachPartition } from "./for-each-partition.ts";
import { glom } from "./glom.ts";
import { histogram } from "./histogram.ts";
import { inBoth } from "./in-both.ts";
import { fullOuterJoin, join, leftOuterJoin, rightOuterJoin } from "./join.ts";
import { keyAlone, recordAsKey } from "./key-alone.ts";
import { keyBy } from "./key-by.ts";
import { keyRange } from "./key-range.ts";
import { keys } from "./keys.ts";
import { limit } from "./limit.ts";
import { lookup } from "./lookup.ts";
import { map } from "./map.ts";
import { mapAsync } from "./map-async.ts";
import { mapPartitions } from "./map-partitions.ts";
import { mapPartitionsWithIndex } from "./map-partitions-with-index.ts";
import { mapValues } from "./map-values.ts";
import { moments } from "./moments.ts";
import { reduce } from "./reduce.ts";
import { sample } from "./sample.ts";
import { sampleKeys } from "./sample-keys.ts";
import { saveObjects } from "./save-objects.ts";
import { saveText } from "./save-text.ts";
import { sortByKey } from "./sort-by-key.ts";
import { subtractByKey } from "./subtract-by-key.ts";
import { sum } from "./sum.ts";
import { values } from "./values.ts";
import { zipWithIndex } from "./zip-with-index.ts";
import { zipWithUniqueId } from "./zip-with-unique-id.ts";

const OPERATORS = {
  count,
  extreme,
  filter,
  firstInOrder,
  flatMap,
  flatMapValues,
  fold,
  forEach,
  forEachPartition,
  fullOuterJoin,
  glom,
  histogram,
  inBoth,
  join,
  keyAlone,
  keyBy,
  keyRange,
  keys,
  leftOuterJoin,
  limit,
  lookup,
  map,
  mapAsync,
  mapPartitions,
  mapPartitionsWithIndex,
  mapValues,
  moments,
  recordAsKey,
  reduce,
  rightOuterJoin,
  sample,
  sampleKeys,
  saveObjects,
  saveText,
  sortByKey,
  subtractByKey,
  sum,
  values,
  zipWithIndex,
  zipWithUniqueId,
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof OPERATORS;

export function operatorOf(name: OperatorName): Operator {
  return OPERATORS[name];
}
