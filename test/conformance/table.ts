/**
 * The table of cases: facts about Spark's behaviour as data. A case says what to run on which input and what comes out;
 * how to run it is for the driver of its kind to know.
 */
import { readFileSync } from "node:fs";

export type Compare = "ordered" | "multiset" | "set" | "approx";

export interface Case {
  readonly id: string;
  readonly suite: string;
  readonly case: string;
  /** Which driver runs it. */
  readonly kind: string;
  /** What is under test: an operator, or a chain of them. */
  readonly operation: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly compare?: Compare;
  /** The run must fail, with an error of this name. */
  readonly expectError?: string;
  /** Inputs and expectations; each kind has its own. */
  readonly [field: string]: unknown;
}

export interface Table {
  /** What the names of functions mean. */
  readonly vocabulary: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
}

/** A file that is not a table. The message says where. */
export class TableError extends Error {
  override readonly name = "TableError";
}

export function readTable(path: string): Table {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new TableError(`${path} cannot be read: ${(cause as Error).message}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TableError(`${path} is not JSON: ${(cause as Error).message}`);
  }
  try {
    return asTable(json);
  } catch (error) {
    if (error instanceof TableError) throw new TableError(`${path}: ${error.message}`);
    throw error;
  }
}

export function asTable(json: unknown): Table {
  if (!isRecord(json)) throw new TableError("a table is an object with a list of cases");
  const { cases, vocabulary = {} } = json;
  if (!Array.isArray(cases)) throw new TableError('"cases" is missing, or is not a list');
  if (!isRecord(vocabulary) || !Object.values(vocabulary).every((meaning) => typeof meaning === "string")) {
    throw new TableError('"vocabulary" is not an object of texts');
  }
  const ids = new Set<string>();
  for (const [index, item] of cases.entries()) {
    const { id } = checkCase(item, `case ${index + 1}`);
    if (ids.has(id)) throw new TableError(`there are two cases with the id ${id}`);
    ids.add(id);
  }
  return {
    vocabulary: vocabulary as Table["vocabulary"],
    cases: (cases as Case[]).map((item) => ({ ...item, parameters: item.parameters ?? {} })),
  };
}

const TEXTS = ["id", "suite", "case", "kind", "operation"] as const;
const COMPARES: readonly unknown[] = ["ordered", "multiset", "set", "approx"] satisfies Compare[];

/** Fields that are checked wherever they appear: what is right about each, and the words for it. */
const FIELDS: Readonly<Record<string, { readonly is: (value: unknown) => boolean; readonly words: string }>> = {
  parameters: { is: isRecord, words: "an object" },
  compare: { is: (value) => COMPARES.includes(value), words: `one of ${COMPARES.join(", ")}` },
  expectError: { is: (value) => typeof value === "string", words: "a text" },
  inputBatches: { is: isBatches, words: "a list of batches, each a list of records or null" },
  otherBatches: { is: isBatches, words: "a list of batches, each a list of records or null" },
  expectedBatches: { is: (value) => Array.isArray(value) && value.every(Array.isArray), words: "a list of lists" },
  steps: { is: (value) => Array.isArray(value) && value.every(isRecord), words: "a list of objects" },
  queries: { is: (value) => Array.isArray(value) && value.every(isRecord), words: "a list of objects" },
  rows: { is: (value) => Array.isArray(value) && value.every(Array.isArray), words: "a list of lists" },
  columns: { is: (value) => Array.isArray(value) && value.every(isText), words: "a list of texts" },
};

function checkCase(item: unknown, place: string): Case {
  if (!isRecord(item)) throw new TableError(`${place} is not an object`);
  const named = typeof item.id === "string" ? `${place} (${item.id})` : place;
  for (const field of TEXTS) {
    if (typeof item[field] !== "string" || item[field] === "")
      throw new TableError(`${named}: "${field}" must be a text`);
  }
  for (const [field, { is, words }] of Object.entries(FIELDS)) {
    if (item[field] !== undefined && !is(item[field])) throw new TableError(`${named}: "${field}" must be ${words}`);
  }
  return item as unknown as Case;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isBatches(value: unknown): boolean {
  return Array.isArray(value) && value.every((batch) => batch === null || Array.isArray(batch));
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}
