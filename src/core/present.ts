/**
 * The properties that are not undefined: for messages between threads, where one that is takes as long as one that is not.
 */
export function present<T extends object>(all: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const some: { [Name in keyof T]?: Exclude<T[Name], undefined> } = {};
  for (const name of Object.keys(all) as (keyof T)[]) {
    const value = all[name];
    if (value !== undefined) some[name] = value as Exclude<T[typeof name], undefined>;
  }
  return some;
}
