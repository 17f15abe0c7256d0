import { describe, it } from "node:test";
import { testOperation } from "millrace/testing";

const left = [["a", "b"], ["a", ""], [""], []];
const right = [["a", "b"], ["b", ""], [], [""]];
const common = { input: left, other: right, compare: "multiset" } as const;

for (const master of ["local", "local[2]"]) {
  describe(`joins of two streams (${master})`, () => {
    it("join and cogroup", async () => {
      await testOperation({
        ...common,
        master,
        operation: (a, b) => a.map((k) => [k, 1]).join(b.map((k) => [k, "x"])),
        expected: [
          [
            ["a", [1, "x"]],
            ["b", [1, "x"]],
          ],
          [["", [1, "x"]]],
          [],
          [],
        ],
      });
      await testOperation({
        ...common,
        master,
        operation: (a, b) => a.map((k) => [k, 1]).cogroup(b.map((k) => [k, "x"])),
        expected: [
          [
            ["a", [[1], ["x"]]],
            ["b", [[1], ["x"]]],
          ],
          [
            ["a", [[1], []]],
            ["b", [[], ["x"]]],
            ["", [[1], ["x"]]],
          ],
          [["", [[1], []]]],
          [["", [[], ["x"]]]],
        ],
      });
    });

    it("leftOuterJoin: what the other lacks is undefined", async () => {
      await testOperation({
        ...common,
        master,
        operation: (a, b) => a.map((k) => [k, 1]).leftOuterJoin(b.map((k) => [k, "x"])),
        expected: [
          [
            ["a", [1, "x"]],
            ["b", [1, "x"]],
          ],
          [
            ["", [1, "x"]],
            ["a", [1, undefined]],
          ],
          [["", [1, undefined]]],
          [],
        ],
      });
    });

    it("rightOuterJoin: what this one lacks is undefined", async () => {
      await testOperation({
        ...common,
        master,
        operation: (a, b) => a.map((k) => [k, 1]).rightOuterJoin(b.map((k) => [k, "x"])),
        expected: [
          [
            ["a", [1, "x"]],
            ["b", [1, "x"]],
          ],
          [
            ["", [1, "x"]],
            ["b", [undefined, "x"]],
          ],
          [],
          [["", [undefined, "x"]]],
        ],
      });
    });

    it("fullOuterJoin: what either lacks is undefined", async () => {
      await testOperation({
        ...common,
        master,
        operation: (a, b) => a.map((k) => [k, 1]).fullOuterJoin(b.map((k) => [k, "x"])),
        expected: [
          [
            ["a", [1, "x"]],
            ["b", [1, "x"]],
          ],
          [
            ["", [1, "x"]],
            ["a", [1, undefined]],
            ["b", [undefined, "x"]],
          ],
          [["", [1, undefined]]],
          [["", [undefined, "x"]]],
        ],
      });
    });
  });
}
