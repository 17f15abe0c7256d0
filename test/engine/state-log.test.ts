import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { MemoryStateStore } from "millrace/state";
import { ManualClock } from "millrace/testing";
import { blockBytes } from "#millrace/core/block.ts";
import { SlabPool } from "#millrace/core/slab-pool.ts";
import { OwnedBlock } from "#millrace/engine/embedded/owned-block.ts";
import { StateLog } from "#millrace/engine/embedded/state/state-log.ts";
import { ReadableFile } from "#millrace/platform/files.ts";
import {
  checkFileHeader,
  FILE_HEADER_BYTES,
  readRecords,
  recordBytes,
  type StateRecord,
  writeRecord,
} from "#millrace/state/state-file.ts";
import { eventually } from "../eventually.ts";

/** Than what a write may wait. */
const LONGER_MS = 10_000;

const directory = mkdtempSync(join(tmpdir(), "millrace-state-log-"));
after(() => rmSync(directory, { recursive: true, force: true }));

function blockOf(record: StateRecord, pool = new SlabPool()): OwnedBlock {
  const block = pool.allocate(recordBytes(record.body));
  writeRecord(blockBytes(block), record);
  return new OwnedBlock(block, () => pool.free(block));
}

function contentOf(path: string, bytes: number): Uint8Array {
  const content = new Uint8Array(bytes);
  const file = new ReadableFile(path);
  assert.equal(file.read(content, bytes, 0), bytes);
  file.close();
  checkFileHeader(content, path);
  return content.subarray(FILE_HEADER_BYTES);
}

/** What a thread would make of what is written, and of what is not yet. */
function restored(log: StateLog): MemoryStateStore {
  const store = new MemoryStateStore();
  const { restore, release } = log.restorable();
  const parts = [
    ...restore.files.map(({ path, bytes }) => contentOf(path, bytes)),
    ...restore.blocks.map((block) => blockBytes(block)),
  ];
  for (const part of parts) {
    const { records, torn } = readRecords(part);
    assert.equal(torn, false);
    for (const { body } of records) store.load(body);
  }
  release();
  return store;
}

function entriesOf(store: MemoryStateStore): string[] {
  return [...store.entries()].map(({ key, value, time }) => `${key}=${value}@${time}`).sort();
}

describe("the files of a partition's state", () => {
  it("have the whole state after any batch, compacted or not, and do not grow without end", async () => {
    let run = 0;
    const batch = fc.record({
      changes: fc.array(fc.tuple(fc.nat(60), fc.nat(9)), { maxLength: 30 }),
      wait: fc.boolean(),
      spoil: fc.nat(9),
      whole: fc.nat(19),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 40 }), async (batches) => {
        const pool = new SlabPool();
        const log = new StateLog(directory, ++run, 2000);
        const store = new MemoryStateStore();
        for (const [i, { changes, wait, spoil, whole }] of batches.entries()) {
          const time = i + 1;
          const isWhole = whole === 0;
          const dump = isWhole ? undefined : log.nextDump();
          for (const [key, value] of changes) {
            if (value === 0) store.remove(`key ${key}`);
            else store.put(`key ${key}`, value, time);
          }
          const changed = store.changes();
          if (isWhole) {
            const body = store.dump(0, Number.POSITIVE_INFINITY).bytes;
            log.append(blockOf({ kind: "dump", time, body }, pool), true);
          } else if (changed !== undefined) log.append(blockOf({ kind: "changes", time, body: changed }, pool), false);
          if (dump !== undefined) {
            const { bytes: body, next } = store.dump(dump.cursor, 500);
            log.appendDump(blockOf({ kind: "dump", time, body }, pool), next);
          }
          if (spoil === 0) log.abandonCompaction();
          if (wait) await log.written();
          assert.deepEqual(entriesOf(restored(log)), entriesOf(store));
        }
        await log.written();
        await log.ready();
        assert.deepEqual(entriesOf(restored(log)), entriesOf(store));
        await log.close();
        assert.equal(pool.usedBytes, 0);
      }),
      { numRuns: process.env.MILLRACE_LONG ? 500 : 40, seed: 5 },
    );
  });

  it("are written to however writes and their times fall together", async () => {
    const clock = new ManualClock(0);
    const pool = new SlabPool();
    const log = new StateLog(mkdtempSync(join(directory, "times-")), 0, 1e6, clock);
    const append = (time: number) => {
      const store = new MemoryStateStore();
      store.put("key", time, time);
      log.append(blockOf({ kind: "changes", time, body: store.changes()! }, pool), false);
    };
    const allWritten = () => eventually("all to be written", () => pool.usedBytes === 0);
    for (let time = 1; time < 10; time += 3) {
      append(time);
      // Is to wait, but is taken along by the write of the first.
      append(time + 1);
      await allWritten();
      clock.advance(LONGER_MS);
      append(time + 2);
      clock.advance(LONGER_MS);
      await allWritten();
    }
    assert.deepEqual(entriesOf(restored(log)), ["key=9@9"]);
    await log.close();
  });

  it("are removed when a compaction has made them obsolete", async () => {
    const own = mkdtempSync(join(directory, "own-"));
    const log = new StateLog(own, 0, 5000);
    const store = new MemoryStateStore();
    for (let time = 1; time <= 400; time++) {
      const dump = log.nextDump();
      for (let i = 0; i < 50; i++) store.put(`key ${(time * 7 + i) % 200}`, time, time);
      log.append(blockOf({ kind: "changes", time, body: store.changes()! }), false);
      if (dump !== undefined) {
        const { bytes: body, next } = store.dump(dump.cursor, 100);
        log.appendDump(blockOf({ kind: "dump", time, body }), next);
      }
      await log.written();
    }
    const { restore, release } = log.restorable();
    const bytes = restore.files.reduce((sum, file) => sum + file.bytes, 0);
    release();
    assert.ok(bytes < 100_000, `${bytes} bytes`);
    assert.ok(readdirSync(own).length <= 5, readdirSync(own).join());
    assert.deepEqual(entriesOf(restored(log)), entriesOf(store));
    await log.close();
  });
});

describe("a file of state", () => {
  const body = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9]);

  it("is read up to the first record that was cut short or changed", () => {
    const size = recordBytes(body);
    const bytes = new Uint8Array(3 * size);
    for (let i = 0; i < 3; i++)
      writeRecord(bytes.subarray(i * size, (i + 1) * size), { kind: "changes", time: i, body });
    assert.deepEqual(
      readRecords(bytes).records.map(({ time }) => time),
      [0, 1, 2],
    );
    for (let cut = 0; cut < bytes.length; cut++) {
      const { records, torn, validBytes } = readRecords(bytes.slice(0, cut));
      assert.equal(records.length, Math.floor(cut / size));
      assert.equal(torn, cut % size !== 0);
      assert.equal(validBytes, records.length * size);
    }
    for (let at = 0; at < size; at++) {
      const changed = bytes.slice();
      changed[size + at]! ^= 1;
      const { records, torn } = readRecords(changed);
      assert.deepEqual([records.length, torn], [1, true], `a change at ${at}`);
    }
  });
});
