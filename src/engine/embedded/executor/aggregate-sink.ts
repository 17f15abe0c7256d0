import { holds, kindOfColumn } from "../../../core/field-columns.ts";
import { fresh } from "../../../core/fresh.ts";
import { fieldCode, fieldCount, isSameShape, type RecordShape, recordCode } from "../../../core/record-shape.ts";
import { AGGREGATION_CODE, type Aggregation } from "../../../rdd/aggregation.ts";
import type { OperatorCode, PairsCode, PairsLoop, RecordOperator } from "../../../rdd/operator.ts";

/** Expressions for what becomes of a value: alone, or with what there is of its key. */
interface Merging {
  first(code: OperatorCode, value: string): string;
  merged(code: OperatorCode, merging: string, value: string): string;
}

/**
 * The end of a loop that aggregates pairs by key in its state, a `KeyedTable` that the task hands in: values are merged
 * into combiners, or combiners into each other, as on the far side of a shuffle.
 */
export function aggregateSink(kind: Aggregation["kind"], incoming: "values" | "combiners"): RecordOperator {
  const { create, mergeValue, mergeCombiners } = AGGREGATION_CODE[kind];
  const merge = incoming === "values" ? mergeValue : mergeCombiners;
  const parts = ({ argument, call, helper }: OperatorCode) => ({ call, zero: `${helper("fresh")}(${argument})` });
  const merging: Merging = {
    first: (code, value) => (incoming === "values" ? create(value, parts(code)) : value),
    merged: (code, left, right) => merge(left, right, parts(code)),
  };
  return {
    type: "record",
    name: `${kind} ${incoming}`,
    emits: "epoch",
    helpers: { fresh, holds, kindOfColumn },
    pairs(code) {
      const [found, place] = [code.local("found"), code.local("place")];
      const shape = combinerShape(code, merging);
      const { ahead, record } =
        shape === undefined ? asValues(code, merging, place) : asFields(code, merging, place, shape);
      return {
        ahead: `const ${found} = ${code.state}.places(${code.keys}); ${ahead}`,
        record: `const ${place} = ${found}[${code.index}]; ${record}`,
      };
    },
    record(code) {
      const [pair, place] = [code.local("pair"), code.local("place")];
      return `
        const ${pair} = pair(${code.value});
        const ${place} = ${code.state}.place(${pair}[0]);
        ${putValue(code, merging, place, `${pair}[1]`)}`;
    },
  };
}

function putValue(code: OperatorCode, { first, merged }: Merging, place: string, value: string): string {
  const { state } = code;
  const there = `${state}.values[${place}]`;
  return `
    if (${place} === ${state}.values.length) ${state}.values.push(${first(code, value)});
    else ${there} = ${merged(code, there, value)};`;
}

function asValues(code: PairsCode, merging: Merging, place: string): PairsLoop {
  return { ahead: "", record: putValue(code, merging, place, code.value) };
}

/** Stands for the value of a pair where only the form of an expression is looked at. */
const VALUE = "value";

/** The shape of all combiners, where it is known of the first of a key and of what is merged. */
function combinerShape(code: PairsCode, { first, merged }: Merging): RecordShape | undefined {
  const ofFirst = shapeOf(code, (code) => first(code, VALUE));
  const ofMerged = shapeOf(code, (code) => merged(code, "there", VALUE));
  const isOne = ofFirst !== undefined && ofMerged !== undefined && isSameShape(ofFirst, ofMerged);
  return isOne ? ofFirst : undefined;
}

/** The shape of what an expression comes to, where that is the value of a pair, {@link VALUE}, or a call of a function. */
function shapeOf(code: PairsCode, expression: (code: OperatorCode) => string): RecordShape | undefined {
  const calls = new Map<string, RecordShape | undefined>();
  const call = (index: number) => {
    const text = `call of ${index}`;
    calls.set(text, code.returns(index));
    return text;
  };
  const text = expression({ ...code, call });
  return text === VALUE ? code.shape : calls.get(text);
}

/** Combiners are columns of their fields, until somebody asks for the table's values. */
function asFields(code: PairsCode, merging: Merging, place: string, shape: RecordShape): PairsLoop {
  const { state, local, helper, value } = code;
  const all = local("fields");
  const columns = Array.from({ length: fieldCount(shape) }, () => ({
    column: local("column"),
    kind: local("kind"),
  }));
  const opened = columns.map(
    ({ column, kind }, j) => `${column} = ${all}.columns[${j}]; ${kind} = ${helper("kindOfColumn")}(${column});`,
  );
  const put = (values: readonly string[]) =>
    columns.map(({ column, kind }, j) => {
      const field = local("field");
      return `
        const ${field} = ${values[j]};
        if (${helper("holds")}(${kind}, ${field})) ${column}[${place}] = ${field};
        else { ${column} = ${all}.put(${j}, ${place}, ${field}); ${kind} = ${helper("kindOfColumn")}(${column}); }`;
    });
  const putRecord = (made: string) => {
    const record = local("record");
    const values = columns.map((_, j) => fieldCode(shape, record, j));
    return `const ${record} = ${made}; ${put(values).join("")}`;
  };
  const first = merging.first(code, value);
  const there = recordCode(
    shape,
    columns.map(({ column }) => `${column}[${place}]`),
  );
  return {
    ahead: `
      const ${all} = ${state}.fieldsOf(${JSON.stringify(shape)});
      ${columns.map(({ column, kind }) => `let ${column}, ${kind};`).join(" ")}
      if (${all} !== undefined) { ${opened.join(" ")} }`,
    record: `
      if (${all} === undefined) { ${putValue(code, merging, place, value)} }
      else if (${place} === ${all}.length) {
        ${all}.length++;
        ${first === value ? put(code.fields).join("") : putRecord(first)}
      } else { ${putRecord(merging.merged(code, there, value))} }`,
  };
}
