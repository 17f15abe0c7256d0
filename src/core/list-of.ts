/** What `make` makes of 0, 1, 2, ... `length - 1`. (`Array.from` of a mere length asks V8's runtime for each element.) */
export function listOf<T>(length: number, make: (index: number) => T): T[] {
  const list: T[] = [];
  for (let i = 0; i < length; i++) list.push(make(i));
  return list;
}
