import { NotYet } from "./not-yet.ts";

/** Words beside the facts, that change nothing. */
const REMARKS = ["note", "comment", "about"];

/**
 * The parameters of a case. Whoever reads one takes it; at the end, one that nobody took is a combination that the
 * driver does not know, and a case is not passed by overlooking it.
 */
export class Parameters {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #taken = new Set<string>(REMARKS);

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** The first of `names` that is there; null counts as absent. */
  take(...names: readonly string[]): unknown {
    for (const name of names) {
      this.#taken.add(name);
      const value = this.#values[name];
      if (Object.hasOwn(this.#values, name) && value !== null) return value;
    }
    return undefined;
  }

  /** As {@link Parameters.take}, without taking it. */
  peek(...names: readonly string[]): unknown {
    return names.map((name) => this.#values[name]).find((value) => value !== undefined && value !== null);
  }

  text(...names: readonly string[]): string | undefined {
    const value = this.take(...names);
    if (value !== undefined && typeof value !== "string") throw new Error(`parameters.${names[0]} must be a text`);
    return value;
  }

  number(...names: readonly string[]): number | undefined {
    const value = this.take(...names);
    if (value !== undefined && typeof value !== "number") throw new Error(`parameters.${names[0]} must be a number`);
    return value;
  }

  /** Throws `NotYet` for the first parameter that nobody took. */
  checkAllTaken(operation: string): void {
    const left = Object.keys(this.#values).find((name) => !this.#taken.has(name) && this.#values[name] !== null);
    if (left !== undefined) throw new NotYet(`${operation} with "${left}"`);
  }
}

/** Throws `NotYet` for a field of a case that its driver does not know, so that no expectation is overlooked. */
export function checkFields(item: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const left = Object.keys(item).find((field) => !COMMON.includes(field) && !known.includes(field));
  if (left !== undefined) throw new NotYet(`${item.operation} with "${left}"`);
}

const COMMON = [
  ...REMARKS,
  "id",
  "suite",
  "case",
  "kind",
  "operation",
  "parameters",
  "compare",
  "expectError",
  "origin",
];
