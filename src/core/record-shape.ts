/** What records of one kind have in common: the length of arrays, or the names of plain objects in their order. */
export type RecordShape = number | readonly string[];

/** The shape of a literal in the program's text, and of those of its fields that are literals themselves; undefined for others. */
export interface LiteralShape {
  readonly shape: RecordShape;
  readonly fields: readonly (LiteralShape | undefined)[];
}

export function isSameShape(one: RecordShape, other: RecordShape): boolean {
  if (typeof one === "number" || typeof other === "number") return one === other;
  return one.length === other.length && one.every((name, j) => name === other[j]);
}

/** How many fields a record has. */
export function fieldCount(shape: RecordShape): number {
  return typeof shape === "number" ? shape : shape.length;
}

/** JavaScript for a new record of the values of these expressions. */
export function recordCode(shape: RecordShape, fields: readonly string[]): string {
  if (typeof shape === "number") return `[${fields.join(", ")}]`;
  return `{ ${shape.map((name, j) => `${fieldName(name)}: ${fields[j]}`).join(", ")} }`;
}

/** JavaScript for field `j` of the record that an expression comes to. */
export function fieldCode(shape: RecordShape, record: string, j: number): string {
  return `${record}[${typeof shape === "number" ? j : JSON.stringify(shape[j])}]`;
}

/** The name of a field in the literal of an object. Computed names cost V8 a search each, and only this one needs to be. */
export function fieldName(name: string): string {
  return name === "__proto__" ? '["__proto__"]' : JSON.stringify(name);
}
