/** What `cache` has for a key, or what `make` makes for it. It keeps `most` of them: the one unused longest goes first. */
export function recentlyUsed<K, V>(cache: Map<K, V>, key: K, most: number, make: () => V): V {
  const found = cache.get(key) ?? make();
  cache.delete(key);
  cache.set(key, found);
  if (cache.size > most) cache.delete(cache.keys().next().value!);
  return found;
}
