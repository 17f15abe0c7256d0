/** Every operator by its name: tasks name operators, executors look them up here. */
import type { Operator } from "../operator.ts";
import { count } from "./count.ts";
import { filter } from "./filter.ts";
import { flatMap } from "./flat-map.ts";
import { forEach } from "./for-each.ts";
import { forEachPartition } from "./for-each-partition.ts";
import { join } from "./join.ts";
import { keys } from "./keys.ts";
import { limit } from "./limit.ts";
import { map } from "./map.ts";
import { mapPartitions } from "./map-partitions.ts";
import { mapValues } from "./map-values.ts";
import { reduce } from "./reduce.ts";
import { values } from "./values.ts";

export const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  [
    count,
    filter,
    flatMap,
    forEach,
    forEachPartition,
    join,
    keys,
    limit,
    map,
    mapPartitions,
    mapValues,
    reduce,
    values,
  ].map((operator) => [operator.name, operator]),
);
