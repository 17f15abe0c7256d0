import type { RecordOperator } from "../operator.ts";
import { eachOf } from "./flat-map.ts";

/** The key of each pair with each of the values that the function makes of its value. */
export const flatMapValues: RecordOperator = {
  type: "record",
  name: "flatMapValues",
  emits: "record",
  record: (code) => {
    const key = code.local("key");
    return `
      const ${key} = pair(${code.value})[0];
      ${eachOf(code, code.call(0, `${code.value}[1]`), (item) => `[${key}, ${item}]`)}`;
  },
};
