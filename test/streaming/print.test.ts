import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StreamTester } from "millrace/testing";

describe("print", () => {
  it("shows the first records under the time, as Spark does", async () => {
    const tester = new StreamTester();
    tester.input([["to be", "or not", "to be"], []]).print(2);
    tester
      .input([
        [
          ["a", 1],
          ["b", { n: [1, 2] }],
        ],
      ])
      .print();
    await tester.start();
    await tester.advance("2 seconds");
    await tester.stop();
    const rule = "-".repeat(43);
    assert.deepEqual(tester.printed, [
      `${rule}\nTime: 1000 ms\n${rule}\nto be\nor not\n...\n`,
      `${rule}\nTime: 1000 ms\n${rule}\n[ 'a', 1 ]\n[ 'b', { n: [ 1, 2 ] } ]\n`,
      `${rule}\nTime: 2000 ms\n${rule}\n`,
      `${rule}\nTime: 2000 ms\n${rule}\n`,
    ]);
  });

  it("shows ten records unless told", async () => {
    const tester = new StreamTester();
    tester.input([Array.from({ length: 11 }, (_, i) => i)]).print();
    await tester.start();
    await tester.advance("1 second");
    await tester.stop();
    assert.deepEqual(tester.printed[0]!.split("\n").slice(3), [
      "0",
      "1",
      "2",
      "3",
      "4",
      "5",
      "6",
      "7",
      "8",
      "9",
      "...",
      "",
    ]);
  });
});
