import type { AsciiTexts } from "./ascii-texts.ts";
import { FieldColumns } from "./field-columns.ts";
import { canonicalKey, isPrimitiveKey } from "./key.ts";
import { isSameShape, type RecordShape } from "./record-shape.ts";
import { ShortStringIndex } from "./short-string-index.ts";
import { ShortTexts } from "./short-texts.ts";

/**
 * A table by key identity ({@link canonicalKey}): each key has a place, 0 for the one that came first, and so on. Keys and
 * values lie in an array each, which costs less memory than an object for each pair, and fewer cache misses.
 *
 * Whoever gets a new place fills it:
 *
 * ```js
 * const place = table.place(key);
 * if (place === table.values.length) table.values.push(1);
 * else table.values[place]++;
 * ```
 */
export class KeyedTable<V> {
  #values: V[] = [];
  /** All values, where they are records of one shape, and nobody has asked for their objects. */
  #fields: FieldColumns | undefined;
  #keys: unknown[] = [];
  /** All keys, where they are short texts that came as bytes, and nobody has asked for their strings. */
  #texts: ShortTexts | undefined;
  readonly #shortStrings = new ShortStringIndex();
  readonly #primitives = new Map<unknown, number>();
  readonly #structures = new Map<string, number>();

  /** The place of a key, or -1. */
  find(key: unknown): number {
    if (typeof key === "string" && ShortStringIndex.takes(key)) return this.#shortStrings.find(key);
    const place = isPrimitiveKey(key) ? this.#primitives.get(key) : this.#structures.get(canonicalKey(key));
    return place ?? -1;
  }

  /** The place of a key: the one behind the last where it is new. */
  place(key: unknown): number {
    const keys = this.#allKeys();
    const next = keys.length;
    const place =
      typeof key === "string" && ShortStringIndex.takes(key) ? this.#shortStrings.place(key, next) : this.#other(key);
    if (place === next) keys.push(key);
    return place;
  }

  /** The place of each of these keys: those of new ones follow the last, in order. */
  places(texts: AsciiTexts): Int32Array {
    if (this.size === 0) this.#texts = new ShortTexts();
    return this.#shortStrings.placeAll(
      texts,
      (i, first, last) => this.#texts?.push(first, last) ?? this.#keys.push(texts.at(i)),
      (text) => this.place(text),
    );
  }

  #other(key: unknown): number {
    return isPrimitiveKey(key)
      ? placeIn(this.#primitives, key, this.size)
      : placeIn(this.#structures, canonicalKey(key), this.size);
  }

  get size(): number {
    return this.#texts?.length ?? this.#keys.length;
  }

  get values(): V[] {
    if (this.#fields !== undefined) {
      this.#values = this.#fields.records() as V[];
      this.#fields = undefined;
    }
    return this.#values;
  }

  /**
   * The values, while they are all records of one shape: until `values` was asked for. To them may be added, as to `values`: there
   * is room for every key.
   */
  get fields(): FieldColumns | undefined {
    return this.#fields;
  }

  /** The same, if they are of this shape, or there is none yet. */
  fieldsOf(shape: RecordShape): FieldColumns | undefined {
    if (this.#fields === undefined && this.#values.length === 0) this.#fields = new FieldColumns(shape);
    if (this.#fields === undefined || !isSameShape(this.#fields.shape, shape)) return undefined;
    this.#fields.reserve(this.size);
    return this.#fields;
  }

  get keys(): readonly unknown[] {
    return this.#allKeys();
  }

  /** The keys, while they are all short texts that came as bytes: until a key has come otherwise, or `keys` was asked for. */
  get texts(): ShortTexts | undefined {
    return this.#texts;
  }

  #allKeys(): unknown[] {
    if (this.#texts !== undefined) {
      this.#keys = this.#texts.strings();
      this.#texts = undefined;
    }
    return this.#keys;
  }
}

/** Adds a value to those that a table has of a key. */
export function addToGroup<V>(groups: KeyedTable<V[]>, key: unknown, value: V): void {
  const place = groups.place(key);
  if (place === groups.values.length) groups.values.push([value]);
  else groups.values[place]!.push(value);
}

function placeIn<K>(places: Map<K, number>, key: K, next: number): number {
  const place = places.get(key);
  if (place === undefined) places.set(key, next);
  return place ?? next;
}
