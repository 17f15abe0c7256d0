import type { BorderOperator } from "../operator.ts";

export const forEachPartition: BorderOperator = { type: "border", name: "foreachPartition" };
