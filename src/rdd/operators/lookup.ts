import { KeyedTable } from "../../core/keyed-table.ts";
import type { RecordOperator } from "../operator.ts";

/** The values of one key; the argument holds it in an array. */
export const lookup: RecordOperator = {
  type: "record",
  name: "lookup",
  emits: "record",
  helpers: {
    table: ([key]: readonly unknown[]) => {
      const table = new KeyedTable<undefined>();
      table.place(key);
      return table;
    },
  },
  open: (code) => `{ wanted: ${code.helper("table")}(${code.argument}) }`,
  record: (code) => `if (${code.state}.wanted.find(pair(${code.value})[0]) >= 0) { ${code.next(`${code.value}[1]`)} }`,
};
