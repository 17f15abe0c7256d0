import type { BorderOperator } from "../operator.ts";

export const mapPartitions: BorderOperator = { type: "border", name: "mapPartitions" };
