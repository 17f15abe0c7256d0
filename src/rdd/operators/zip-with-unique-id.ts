import type { RecordOperator } from "../operator.ts";

/** `[record, id]`: in partition k of n the ids are k, n + k, 2n + k and so on, which takes no counting. */
export const zipWithUniqueId: RecordOperator = {
  type: "record",
  name: "zipWithUniqueId",
  emits: "record",
  planned: "stride",
  open: (code) => `{ id: ${code.partition}, stride: ${code.planned} }`,
  record: (code) => {
    const id = code.local("id");
    return `
      const ${id} = ${code.state}.id;
      ${code.state}.id += ${code.state}.stride;
      ${code.next(`[${code.value}, ${id}]`)}`;
  },
};
