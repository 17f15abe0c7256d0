import type { RecordOperator } from "../operator.ts";

/** Arrays are walked by index; every other iterable one element at a time, so that an endless one can be cut short. */
export const flatMap: RecordOperator = {
  type: "record",
  name: "flatMap",
  emits: "record",
  record: (code) => {
    const [many, iterator, index, step, item] = ["many", "iterator", "index", "step", "item"].map((hint) =>
      code.local(hint),
    );
    return `
      const ${many} = ${code.call(0, code.value)};
      const ${iterator} = Array.isArray(${many}) ? null : iterate(${many});
      for (let ${index} = 0; ; ${index}++) {
        let ${item};
        if (${iterator} === null) {
          if (${index} >= ${many}.length) break;
          ${item} = ${many}[${index}];
        } else {
          const ${step} = ${iterator}.next();
          if (${step}.done) break;
          ${item} = ${step}.value;
        }
        ${code.next(item!)}
      }`;
  },
};
