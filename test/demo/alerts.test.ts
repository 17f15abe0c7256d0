import { describe, it } from "node:test";
import { StateSpec } from "millrace";
import { testOperation } from "millrace/testing";
import { follow } from "../../demo/airliners/program.ts";
import type { Alert } from "../../demo/airliners/screen.ts";

const verdict = (subject: string, time: number, holds: boolean): [string, Alert] => [
  subject,
  { kind: "delay", subject, time, text: "", holds },
];
const told = async (input: [string, Alert][][], expected: [subject: string, time: number, holds: boolean][][]) => {
  await testOperation({
    input,
    // Batches are a second: what is silent for longer than two of them is forgotten.
    operation: (verdicts) =>
      verdicts
        .mapWithState(StateSpec.function(follow).timeout("2 seconds"))
        .map(({ subject, time, holds }) => [subject, time, holds]),
    expected,
    compare: "multiset",
  });
};

describe("an alert", () => {
  it("is told when it begins and when it ends, and again after that", () =>
    told(
      [
        [verdict("OSL", 1, false), verdict("ARN", 1, true)],
        [verdict("OSL", 2, true), verdict("ARN", 2, true)],
        [verdict("OSL", 3, true), verdict("ARN", 3, false)],
        [verdict("OSL", 4, false), verdict("ARN", 4, false)],
        [verdict("OSL", 5, true)],
      ],
      [[["ARN", 1, true]], [["OSL", 2, true]], [["ARN", 3, false]], [["OSL", 4, false]], [["OSL", 5, true]]],
    ));

  it("ends after a long silence, at the time when it was last heard of, and a short one changes nothing", () =>
    told(
      [
        [verdict("OSL", 1, true)],
        [verdict("OSL", 2, true)],
        [],
        [verdict("OSL", 4, true)],
        [],
        [],
        [],
        [verdict("OSL", 8, true)],
      ],
      [[["OSL", 1, true]], [], [], [], [], [], [["OSL", 4, false]], [["OSL", 8, true]]],
    ));
});
