import { describe, it } from "node:test";
import { type State, StateSpec, type Time } from "millrace";
import { testOperation } from "millrace/testing";

const INPUT = [[], ["a"], ["a", "b"], ["a", "b", "c"], ["a", "b"], ["a"], []];

for (const master of ["local", "local[2]"]) {
  describe(`mapWithState on ${master}`, () => {
    it("calls its function for each record", () =>
      testOperation({
        master,
        input: INPUT,
        operation: (words) =>
          words
            .map((word) => [word, 1])
            .mapWithState(
              StateSpec.function((_key, value, state: State<number>) => {
                state.update((state.getOption() ?? 0) + (value ?? 0));
                return state.get();
              }),
            ),
        expected: [[], [1], [2, 1], [3, 2, 1], [4, 3], [5], []],
        compare: "multiset",
      }));

    it("has snapshots", () =>
      testOperation({
        master,
        input: INPUT,
        operation: (words) =>
          words
            .map((word) => [word, 1])
            .mapWithState(
              StateSpec.function((_: Time, _key: string, value: number | undefined, state: State<number>) => {
                state.update((state.getOption() ?? 0) + (value ?? 0));
                return undefined;
              }),
            )
            .stateSnapshots(),
        expected: [
          [],
          [["a", 1]],
          [
            ["a", 2],
            ["b", 1],
          ],
          [
            ["a", 3],
            ["b", 2],
            ["c", 1],
          ],
          [
            ["a", 4],
            ["b", 3],
            ["c", 1],
          ],
          [
            ["a", 5],
            ["b", 3],
            ["c", 1],
          ],
          [
            ["a", 5],
            ["b", 3],
            ["c", 1],
          ],
        ],
        compare: "multiset",
      }));

    it("times out", () =>
      testOperation({
        master,
        input: [["a", "b"], ["a"], [], []],
        operation: (words) =>
          words
            .map((word) => [word, 1])
            .mapWithState(
              StateSpec.function((word: string, one: number | undefined, state: State<number>) => {
                if (state.isTimingOut()) return `no more ${word}`;
                state.update((state.getOption() ?? 0) + (one ?? 0));
                return `${word} ${state.get()}`;
              }).timeout("1 second"),
            ),
        expected: [["a 1", "b 1"], ["a 2"], ["no more b"], ["no more a"]],
        compare: "multiset",
      }));
  });

  describe(`updateStateByKey on ${master}`, () => {
    it("calls its function for each key", () =>
      testOperation({
        master,
        input: [["a"], ["a", "b"], [], null, ["b"]],
        operation: (words) =>
          words.map((word) => [word, 1]).updateStateByKey((ones, count: number = 0) => count + ones.length),
        expected: [
          [["a", 1]],
          [
            ["a", 2],
            ["b", 1],
          ],
          [
            ["a", 2],
            ["b", 1],
          ],
          [
            ["a", 2],
            ["b", 1],
          ],
          [
            ["a", 2],
            ["b", 2],
          ],
        ],
        compare: "multiset",
      }));
  });
}
