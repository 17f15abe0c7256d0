import assert from "node:assert";
import { canonicalKey } from "../core/key.ts";
import { type RandomStream, randomStream } from "../core/random-stream.ts";
import type { StateEntry, StateStore } from "../state/state-store.ts";
import type { RegisterCase } from "./register-case.ts";

/** Opens an empty store for one case. */
export type OpenStateStore = () => StateStore | Promise<StateStore>;

/**
 * The conformance suite of {@link StateStore}: what every implementation must do, as cases for a test runner.
 *
 * @example
 * ```ts
 * import { describe, it } from "node:test";
 * import { MemoryStateStore } from "millrace/state";
 * import { testStateStore } from "millrace/testing";
 *
 * describe("MemoryStateStore", () => testStateStore(it, () => new MemoryStateStore()));
 * ```
 */
export function testStateStore(it: RegisterCase, open: OpenStateStore): void {
  for (const [name, body] of Object.entries(CASES)) {
    it(name, async () => {
      const opened: StateStore[] = [];
      try {
        await body(async () => {
          const store = await open();
          opened.push(store);
          return store;
        });
      } finally {
        for (const store of opened) store.close();
      }
    });
  }
}

type Case = (open: () => Promise<StateStore>) => Promise<void>;

/** Keys that are all different, in spite of how they look. */
const KEYS: readonly unknown[] = [
  "",
  "a",
  "a\u0000",
  "a\u0000\u0000\u0000\u0000",
  "abcd",
  "abcde",
  "é",
  "Ã©",
  "日本",
  "\ud800",
  "0123456789abcdef",
  "0123456789abcdefg",
  "x".repeat(1000),
  "y".repeat(1000),
  `${"x".repeat(999)}é`,
  "1",
  1,
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1n,
  true,
  "true",
  null,
  undefined,
  "null",
  [],
  ["a"],
  [["a"]],
  ["a", "b"],
  ["ab"],
  { a: 1 },
  { a: "1" },
  new Date(0),
  new Uint8Array([1, 2]),
];

const VALUES: readonly unknown[] = [
  0,
  -0,
  1,
  -1,
  2 ** 31,
  1.5,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  "",
  "text",
  true,
  false,
  null,
  10n,
  [1, [2]],
  { n: 1, tags: ["a"] },
  new Date(5),
  new Map([["a", 1]]),
];

const CASES: Readonly<Record<string, Case>> = {
  async "gives what was put, and undefined for other keys"(open) {
    const store = await open();
    assert.equal(store.size, 0);
    assert.equal(store.get("a"), undefined);
    store.put("a", 1, 10);
    store.put("b", 2, 20);
    assert.deepStrictEqual([store.get("a"), store.get("b"), store.get("c"), store.size], [1, 2, undefined, 2]);
    store.put("a", 3, 30);
    assert.deepStrictEqual([store.get("a"), store.size], [3, 2]);
  },

  async "removes keys, and says whether there was a value"(open) {
    const store = await open();
    store.put("a", 1, 10);
    assert.deepStrictEqual([store.remove("a"), store.remove("a"), store.remove("b")], [true, false, false]);
    assert.deepStrictEqual([store.get("a"), store.size, all(store)], [undefined, 0, []]);
    store.put("a", 2, 20);
    assert.deepStrictEqual(all(store), [{ key: "a", value: 2, time: 20 }]);
  },

  async "tells keys apart by their content"(open) {
    const store = await open();
    for (const [i, key] of KEYS.entries()) store.put(key, i, 0);
    assert.equal(store.size, KEYS.length);
    for (const [i, key] of KEYS.entries()) assert.equal(store.get(structuredClone(key)), i, `the key ${String(key)}`);
    assert.equal(store.get(-0), KEYS.indexOf(0));
    assert.deepStrictEqual(all(store), sorted(KEYS.map((key, value) => ({ key, value, time: 0 }))));
    for (const key of KEYS) assert.ok(store.remove(structuredClone(key)));
    assert.equal(store.size, 0);
  },

  async "refuses what cannot be a key"(open) {
    const store = await open();
    const refused = { code: "UNHASHABLE_KEY" };
    assert.throws(() => store.put(() => 1, 1, 0), refused);
    assert.throws(() => store.get(new (class Plane {})()), refused);
  },

  async "keeps values of all kinds, and writes and loads them"(open) {
    const store = await open();
    for (const [i, value] of VALUES.entries()) store.put(i, value, i);
    const copy = await open();
    copy.load(store.changes()!);
    for (const [i, value] of VALUES.entries()) {
      assert.deepStrictEqual(store.get(i), value);
      assert.deepStrictEqual(copy.get(i), value);
    }
    // A key may go from one kind to another.
    for (const [i, value] of [...VALUES].reverse().entries()) store.put(i, value, i);
    copy.load(store.changes()!);
    assert.deepStrictEqual(all(copy), all(store));
  },

  async "finds the keys touched before a time, the oldest first"(open) {
    const store = await open();
    const before = (time: number) => [...store.touchedBefore(time)].map(({ key, value, time: at }) => [key, value, at]);
    store.put(1, 100, 10);
    assert.deepStrictEqual([before(11), before(10), before(9)], [[[1, 100, 10]], [], []]);
    store.put(2, 200, 20);
    assert.deepStrictEqual(before(21), [
      [1, 100, 10],
      [2, 200, 20],
    ]);
    assert.deepStrictEqual([before(11), before(10)], [[[1, 100, 10]], []]);
    store.put(1, 101, 30);
    store.put(3, 300, 5);
    assert.deepStrictEqual(before(100), [
      [3, 300, 5],
      [2, 200, 20],
      [1, 101, 30],
    ]);
    store.remove(2);
    assert.deepStrictEqual(before(30), [[3, 300, 5]]);
  },

  async "lets the entry go that an iteration has come to"(open) {
    const store = await open();
    for (let n = 0; n < 1000; n++) store.put(n, n, n);
    for (const { key } of store.touchedBefore(500)) store.remove(key);
    assert.equal(store.size, 500);
    for (const { key, value } of store.entries()) {
      if ((key as number) % 2 === 0) store.remove(key);
      else store.put(key, (value as number) + 1, 2000);
    }
    assert.equal(store.size, 250);
    assert.equal(store.get(501), 502);
  },

  async "writes what has changed since it last did, and nothing else"(open) {
    const store = await open();
    const copy = await open();
    assert.equal(store.changes(), undefined);
    store.put("a", 1, 10);
    store.put("b", 1, 10);
    copy.load(store.changes()!);
    assert.equal(store.changes(), undefined);
    assert.equal(copy.changes(), undefined, "what is loaded is no change");
    const untouched = await open();
    store.put("b", 2, 20);
    store.put("c", 3, 20);
    store.remove("c");
    store.remove("a");
    const bytes = store.changes()!;
    copy.load(bytes);
    untouched.load(bytes);
    assert.deepStrictEqual(all(copy), [{ key: "b", value: 2, time: 20 }]);
    assert.deepStrictEqual(all(untouched), [{ key: "b", value: 2, time: 20 }]);
  },

  async "is the same after a dump in parts and the changes since it began"(open) {
    const store = await open();
    const copy = await open();
    const random = randomStream(3, 0);
    for (let n = 0; n < 500; n++) store.put(`key ${n}`, n, 0);
    store.changes();
    let time = 0;
    const later: Uint8Array[] = [];
    for (let cursor: number | undefined = 0; cursor !== undefined; ) {
      const { bytes, next } = store.dump(cursor, 70);
      copy.load(bytes);
      cursor = next;
      time++;
      for (let i = 0; i < 40; i++) {
        const key = `key ${Math.floor(random() * 600)}`;
        if (random() < 0.4) store.remove(key);
        else store.put(key, i, time);
      }
      later.push(store.changes()!);
    }
    for (const bytes of later) copy.load(bytes);
    assert.deepStrictEqual(all(copy), all(store));
  },

  async "is as a map, whatever is done to it"(open) {
    for (let seed = 1; seed <= 4; seed++) await compareWithMap(open, randomStream(seed, 0));
  },
};

/** Puts and removes keys of some kinds at random, and keeps a copy up to date by what has changed. */
async function compareWithMap(open: () => Promise<StateStore>, random: RandomStream): Promise<void> {
  const store = await open();
  const copy = await open();
  const model = new Map<string, StateEntry>();
  const below = (n: number) => Math.floor(random() * n);
  const key = () => {
    const n = below(400);
    return [n, `k${n}`, `a rather long key, number ${n}`, [n, "x"], `é${n}`][n % 5];
  };
  for (let batch = 1; batch <= 30; batch++) {
    for (let i = below(150); i > 0; i--) {
      const chosen = key();
      const place = canonicalKey(chosen);
      if (random() < 0.35) assert.equal(store.remove(chosen), model.delete(place));
      else {
        const value = [below(1000), random(), { n: below(9) }, `v${below(9)}`][below(4)];
        store.put(chosen, value, batch);
        model.set(place, { key: chosen, value, time: batch });
      }
      assert.deepStrictEqual(store.get(chosen), model.get(place)?.value);
    }
    const threshold = batch - below(5);
    const due = [...store.touchedBefore(threshold)];
    assert.deepStrictEqual(sorted(due), sorted([...model.values()].filter(({ time }) => time < threshold)));
    assert.ok(due.every(({ time }, i) => i === 0 || due[i - 1]!.time <= time));
    for (const { key: gone } of due) {
      if (random() < 0.5) continue;
      store.remove(gone);
      model.delete(canonicalKey(gone));
    }
    assert.equal(store.size, model.size);
    assert.deepStrictEqual(all(store), sorted([...model.values()]));
    const changes = store.changes();
    if (changes !== undefined) copy.load(changes);
    assert.deepStrictEqual(all(copy), all(store));
    assert.deepStrictEqual(sorted([...copy.touchedBefore(batch)]), sorted([...store.touchedBefore(batch)]));
  }
}

function all(store: StateStore): StateEntry[] {
  return sorted([...store.entries()]);
}

function sorted(entries: readonly StateEntry[]): StateEntry[] {
  return entries
    .map((entry) => [canonicalKey(entry.key), { ...entry }] as const)
    .sort(byText)
    .map(([, entry]) => entry);
}

function byText([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number {
  return a < b ? -1 : Number(a > b);
}
