/**
 * The one hash of keys: Murmur3 (x86, 32 bit) with a fixed seed, the same in every thread, process and run.
 * Shuffle, state, `distinct` and joins all use it, so a key goes to the same place everywhere.
 */
import { canonicalKey } from "./key.ts";

/** As Spark SQL's hash expressions. */
export const SEED = 42;

/** A bucket is the top 15 bits of a key's hash; partitioners give each partition a contiguous range of buckets. */
export const BUCKET_BITS = 15;
export const BUCKETS = 1 << BUCKET_BITS;

/** The bucket of a key, 0 to {@link BUCKETS} - 1. */
export function bucketOf(key: unknown): number {
  return bucketOfHash(hashKey(key));
}

export function bucketOfHash(hash: number): number {
  return hash >>> (32 - BUCKET_BITS);
}

/** The hash of a key, an unsigned 32-bit integer. Throws `UNHASHABLE_KEY` for what cannot be a key. */
export function hashKey(key: unknown): number {
  switch (typeof key) {
    case "string":
      return hashString(key);
    case "number":
      return hashNumber(key);
    case "boolean":
      return finish(mixWord(SEED, key ? 1 : 0), 4);
    case "undefined":
      return finish(SEED, 1);
    case "bigint":
      return hashString(`${key}n`);
    case "object":
      return key === null ? finish(SEED, 0) : hashString(canonicalKey(key));
    default:
      return hashString(canonicalKey(key));
  }
}

const bits = new DataView(new ArrayBuffer(8));
const NAN_BITS = 0x7ff8_0000_0000_0000n;

function hashNumber(value: number): number {
  // Adding 0 turns -0 into 0. NaN has many bit patterns (0 / 0 and a literal differ), and a DataView writes what it gets.
  if (Number.isNaN(value)) bits.setBigUint64(0, NAN_BITS);
  else bits.setFloat64(0, value + 0);
  return finish(mixWord(mixWord(SEED, bits.getInt32(4)), bits.getInt32(0)), 8);
}

const encoder = new TextEncoder();

/** The hash of the string's UTF-8 bytes; ASCII, the usual case, is read without encoding it. */
function hashString(text: string): number {
  const length = text.length;
  let h = SEED;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    if ((a | b | c | d) > 127) return murmur3(encoder.encode(text));
    h = mixWord(h, a | (b << 8) | (c << 16) | (d << 24));
  }
  let tail = 0;
  for (let shift = 0; i < length; i++, shift += 8) {
    const c = text.charCodeAt(i);
    if (c > 127) return murmur3(encoder.encode(text));
    tail |= c << shift;
  }
  if (length & 3) h ^= scramble(tail);
  return finish(h, length);
}

/** The same of up to eight characters of ASCII as two words, with zeros where there are none. */
export function hashShortText(first: number, last: number, characters: number): number {
  let h = SEED;
  // Of no characters that are left the word is 0, which changes nothing.
  if (characters < 4) h ^= scramble(first);
  else {
    h = mixWord(h, first);
    h = characters < 8 ? h ^ scramble(last) : mixWord(h, last);
  }
  return finish(h, characters);
}

/** Murmur3 x86 32 of bytes. */
export function murmur3(bytes: Uint8Array, seed = SEED): number {
  const length = bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  let h = seed;
  let i = 0;
  for (; i + 4 <= length; i += 4) h = mixWord(h, view.getInt32(i, true));
  if (i < length) {
    let tail = 0;
    for (let shift = 0; i < length; i++, shift += 8) tail |= bytes[i]! << shift;
    h ^= scramble(tail);
  }
  return finish(h, length);
}

function scramble(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function mixWord(h: number, word: number): number {
  const mixed = h ^ scramble(word);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(h: number, length: number): number {
  let x = h ^ length;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
