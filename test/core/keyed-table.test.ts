import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyedTable } from "../../src/core/keyed-table.ts";
import { keys, sameKey } from "./keys.ts";

test("a KeyedTable counts as a list does that compares each key with each", () => {
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 60 }), (given) => {
      const table = new KeyedTable<number>();
      const list: { key: unknown; value: number }[] = [];
      for (const key of given) {
        const cell = table.find(key);
        if (cell) cell.value++;
        else table.insert(key, 1);
        const entry = list.find((one) => sameKey(one.key, key));
        if (entry) entry.value++;
        else list.push({ key, value: 1 });
      }
      assert.equal(table.size, list.length);
      assert.deepEqual(table.cells, list);
      for (const { key, value } of list) assert.equal(table.find(key)?.value, value);
    }),
  );
});

test("a KeyedTable keeps a key as it first came, and each cell once", () => {
  const table = new KeyedTable<string>();
  const key = { plane: "EC-MIG", part: 1 };
  const cell = table.insert(key, "a");
  assert.equal(table.find({ part: 1, plane: "EC-MIG" }), cell);
  assert.equal(table.cells[0]!.key, key);
  cell.value = "b";
  assert.equal(table.find(key)?.value, "b");
  assert.equal(table.find({ plane: "EC-MIG" }), undefined);
});
