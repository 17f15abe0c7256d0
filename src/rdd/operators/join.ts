import type { RecordOperator } from "../operator.ts";

/**
 * Each left value of a key with each right value, from `[key, [lefts, rights]]`. Of an outer join, a side that may be
 * absent has one value, `undefined`, where it has none.
 */
function joinOperator(name: string, { leftMayLack = false, rightMayLack = false } = {}): RecordOperator {
  return {
    type: "record",
    name,
    emits: "record",
    record: (code) => {
      const [lefts, rights, left, right] = ["lefts", "rights", "left", "right"].map((hint) => code.local(hint));
      const values = (side: number, mayLack: boolean) => {
        const group = `${code.value}[1][${side}]`;
        return mayLack ? `${group}.length > 0 ? ${group} : [undefined]` : group;
      };
      return `
        const ${lefts} = ${values(0, leftMayLack)}, ${rights} = ${values(1, rightMayLack)};
        for (const ${left} of ${lefts}) {
          for (const ${right} of ${rights}) {
            ${code.next(`[${code.value}[0], [${left}, ${right}]]`)}
          }
        }`;
    },
  };
}

export const join = joinOperator("join");
export const leftOuterJoin = joinOperator("leftOuterJoin", { rightMayLack: true });
export const rightOuterJoin = joinOperator("rightOuterJoin", { leftMayLack: true });
export const fullOuterJoin = joinOperator("fullOuterJoin", { leftMayLack: true, rightMayLack: true });
