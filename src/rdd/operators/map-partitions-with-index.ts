import type { BorderOperator } from "../operator.ts";

export const mapPartitionsWithIndex: BorderOperator = {
  type: "border",
  name: "mapPartitionsWithIndex",
  getsIndex: true,
};
