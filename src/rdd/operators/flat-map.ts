import type { OperatorCode, RecordOperator } from "../operator.ts";

export const flatMap: RecordOperator = {
  type: "record",
  name: "flatMap",
  emits: "record",
  record: (code) => eachOf(code, code.call(0, code.value), (item) => item),
};

/**
 * Statements that hand on a record for each element of an iterable. Arrays are walked by index; every other iterable one
 * element at a time, so that an endless one can be cut short.
 */
export function eachOf(code: OperatorCode, iterable: string, record: (item: string) => string): string {
  const [many, iterator, index, step, item] = ["many", "iterator", "index", "step", "item"].map((hint) =>
    code.local(hint),
  ) as [string, string, string, string, string];
  return `
    const ${many} = ${iterable};
    const ${iterator} = Array.isArray(${many}) ? null : iterate(${many});
    for (let ${index} = 0; ; ${index}++) {
      let ${item};
      if (${iterator} === null) {
        if (${index} >= ${many}.length) break;
        ${item} = ${many}[${index}];
      } else {
        ${code.resume}
        const ${step} = ${iterator}.next();
        if (${step}.done) break;
        ${item} = ${step}.value;
      }
      ${code.next(record(item))}
    }`;
}
