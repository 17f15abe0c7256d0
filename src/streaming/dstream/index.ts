/** What operators make the nodes of streams with: loaded with the first stream of a program, not with millrace. */
export { aggregatedByKey } from "./by-key.ts";
export { cogrouped } from "./cogroup.ts";
export { counted } from "./count.ts";
export { filtered } from "./filter.ts";
export { flatMapped } from "./flat-map.ts";
export { joined } from "./join.ts";
export { mapped } from "./map.ts";
export { mappedAsync } from "./map-async.ts";
export { mappedPartitions } from "./map-partitions.ts";
export { mappedValues } from "./map-values.ts";
export { queueInput } from "./queue-input.ts";
export { reduced } from "./reduce.ts";
export { repartitioned } from "./repartition.ts";
export { socketInput } from "./socket-input.ts";
export { transformed } from "./transform.ts";
export { unioned } from "./union.ts";
export { windowed } from "./window.ts";
