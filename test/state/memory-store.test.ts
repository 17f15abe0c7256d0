import { describe, it } from "node:test";
import { MemoryStateStore } from "millrace/state";
import { testStateStore } from "millrace/testing";

describe("MemoryStateStore", () => testStateStore(it, () => new MemoryStateStore()));

describe("MemoryStateStore without an index of times", () =>
  testStateStore(it, () => new MemoryStateStore({ indexesTime: false })));
