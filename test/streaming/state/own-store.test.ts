import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import v8 from "node:v8";
import { isMillraceError, StreamingContext } from "millrace";
import type { StateDump, StateEntry, StateStore } from "millrace/state";
import { StreamTester, testStateStore } from "millrace/testing";
import { canonicalKey } from "../../../src/core/key.ts";
import { holdsStatesAsInMemory } from "../../state/as-in-memory.ts";

const directory = mkdtempSync(join(tmpdir(), "millrace-own-store-"));
after(() => rmSync(directory, { recursive: true, force: true }));

/** A store as a program might write one: entries in a Map, changes by `v8.serialize`. */
class MapStore implements StateStore {
  readonly #entries = new Map<string, StateEntry>();
  readonly #changed = new Map<string, unknown>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: unknown): unknown {
    return this.#entries.get(canonicalKey(key))?.value;
  }

  put(key: unknown, value: unknown, time: number): void {
    this.#entries.set(canonicalKey(key), { key, value, time });
    this.#changed.set(canonicalKey(key), key);
  }

  remove(key: unknown): boolean {
    const had = this.#entries.delete(canonicalKey(key));
    if (had) this.#changed.set(canonicalKey(key), key);
    return had;
  }

  entries(): Iterable<StateEntry> {
    return [...this.#entries.values()];
  }

  touchedBefore(time: number): Iterable<StateEntry> {
    return [...this.#entries.values()].filter((entry) => entry.time < time).sort((a, b) => a.time - b.time);
  }

  changes(): Uint8Array | undefined {
    if (this.#changed.size === 0) return undefined;
    const changed = [...this.#changed].map(
      ([text, key]) => this.#entries.get(text) ?? { key, value: undefined, time: 0 },
    );
    this.#changed.clear();
    return v8.serialize(changed);
  }

  dump(): StateDump {
    return { bytes: v8.serialize([...this.#entries.values()]), next: undefined };
  }

  load(bytes: Uint8Array): void {
    for (const entry of v8.deserialize(bytes) as StateEntry[]) {
      if (entry.value === undefined) this.#entries.delete(canonicalKey(entry.key));
      else this.#entries.set(canonicalKey(entry.key), entry);
    }
  }

  close(): void {
    this.#entries.clear();
  }
}

describe("a store of the program's own", () => testStateStore(it, () => new MapStore()));

describe("a stream whose state is in stores of the program's own", () => {
  for (const master of ["local", "local[2]"]) {
    it(`is as one in memory, when a thread dies, too, on ${master}`, async () => {
      const opened = join(directory, `opened ${master}`);
      const tester = new StreamTester({
        master,
        stateStore: async (own) => {
          appendFileSync(join(own, "file"), "of the store");
          appendFileSync(opened, `${own}\n`);
          return new MapStore();
        },
      });
      let before: string[] = [];
      await holdsStatesAsInMemory(tester, () => {
        before = readFileSync(opened, "utf8").trim().split("\n");
        assert.equal(new Set(before).size, before.length, "each partition has a directory of its own");
      });
      const all = readFileSync(opened, "utf8").trim().split("\n");
      assert.ok(all.length > before.length || master === "local", "a store is opened again where a thread died");
      assert.deepEqual(
        all.filter((own) => existsSync(own)),
        [],
      );
    });
  }

  it("says where no store was returned, and where none could be opened", async () => {
    const failures = [
      [() => ({ get: () => 1 }), /it has no put, remove/],
      [() => undefined, /it has no get, put/],
      [
        () => {
          throw new Error("no disk");
        },
        /no disk/,
      ],
    ] as const;
    for (const [stateStore, message] of failures) {
      const tester = new StreamTester({ stateStore: stateStore as never });
      const words = tester.input([["a"]]).map((word) => [word, 1] as [string, number]);
      tester.output(words.updateStateByKey((ones, n: number = 0) => n + ones.length));
      await tester.start();
      await tester.advance("1 second");
      assert.ok(isMillraceError(tester.failure));
      assert.match(tester.failure.message, message);
      assert.match(tester.failure.message, /updateStateByKey.*own-store\.test\.ts:\d+/s);
      await tester.stop();
    }
  });

  it("is refused at the constructor where its function cannot travel", () => {
    const options = { master: "local", batchDuration: 1000 };
    assert.throws(
      () => new StreamingContext({ ...options, stateStore: "memory" as never }),
      (error) => isMillraceError(error, "INVALID_ARGUMENT"),
    );
    const socket = process.stdout;
    assert.throws(
      () => new StreamingContext({ ...options, stateStore: () => socket as never }),
      (error) => isMillraceError(error, "UNSHIPPABLE_CLOSURE"),
    );
    assert.deepEqual(
      readdirSync(directory).filter((name) => !name.startsWith("opened")),
      [],
    );
  });
});
