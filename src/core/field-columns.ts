import { isInteger32 } from "./integer32.ts";
import { recordMaker } from "./record-maker.ts";
import { fieldCount, type RecordShape } from "./record-shape.ts";

/** The values of one field. Integers are kept apart from other numbers, for a function that counts should not get a double. */
export type FieldColumn = Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | unknown[];

/** What a column holds. */
export const INTEGERS = 0;
export const NUMBERS = 1;
export const ANYTHING = 2;

/**
 * Records of one shape, a column for each field. No object is there for any of them: loops that merge records read and write the
 * columns, and the arrays or objects that the program's functions get and return seldom outlive V8's escape analysis.
 *
 * ```text
 * [3, 640] [1, 12.5]       columns | 3 | 1 |  Int32Array
 *                                  | 640 | 12.5 |  Float64Array
 * ```
 */
export class FieldColumns {
  readonly shape: RecordShape;
  /** How many records there are. Whoever adds one has reserved room for it. */
  length = 0;
  readonly columns: FieldColumn[];

  constructor(shape: RecordShape) {
    this.shape = shape;
    this.columns = Array.from({ length: fieldCount(shape) }, () => new Int32Array(FIRST_ROWS));
  }

  /** Makes room for so many records. */
  reserve(rows: number): void {
    for (const [j, column] of this.columns.entries()) {
      if (Array.isArray(column) || column.length >= rows) continue;
      const room = Math.max(rows, 2 * column.length);
      const larger = column instanceof Int32Array ? new Int32Array(room) : new Float64Array(room);
      larger.set(column);
      this.columns[j] = larger;
    }
  }

  /** Puts a value that its column cannot hold: that becomes one that can, which is returned. */
  put(field: number, row: number, value: unknown): FieldColumn {
    const old = this.columns[field]!;
    const column = typeof value === "number" && !Array.isArray(old) ? Float64Array.from(old) : Array.from<unknown>(old);
    column[row] = value;
    this.columns[field] = column;
    return column;
  }

  /** The columns of these records alone. */
  at(rows: Int32Array): FieldColumn[] {
    return this.columns.map((column) => {
      if (column instanceof Int32Array) return integersAt(column, rows);
      if (column instanceof Float64Array) return numbersAt(column, rows);
      return Array.from(rows, (row) => column[row]);
    });
  }

  /** All records, as arrays or objects. */
  records(): unknown[] {
    return recordMaker(this.shape)(this.columns, this.length);
  }
}

const FIRST_ROWS = 256;

export function kindOfColumn(column: FieldColumn): number {
  if (Array.isArray(column)) return ANYTHING;
  return column instanceof Int32Array ? INTEGERS : NUMBERS;
}

/** Whether a column of this kind holds a value as it is. */
export function holds(kind: number, value: unknown): boolean {
  if (kind === ANYTHING) return true;
  return typeof value === "number" && (kind === NUMBERS || isInteger32(value));
}

// A loop for each kind: one for all would look at each element for what it is.

function integersAt(column: Int32Array, rows: Int32Array): Int32Array<ArrayBuffer> {
  const some = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) some[i] = column[rows[i]!]!;
  return some;
}

function numbersAt(column: Float64Array, rows: Int32Array): Float64Array<ArrayBuffer> {
  const some = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) some[i] = column[rows[i]!]!;
  return some;
}
