/** What a table of this folder has under a name that a case gives: nothing it has inherited, as `toString`. */
export function lookUp<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
