import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { isMainThread } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { type RddSource, type RecordChunks, SparkContext } from "millrace";
import { type SourceUnderTest, testSource } from "millrace/testing";
import type { FileFormat } from "../../src/rdd/sources/file-format.ts";
import { filesSource, knownFiles } from "../../src/rdd/sources/file-format.ts";
import { fixedLengthFormat } from "../../src/rdd/sources/fixed-length.ts";
import { objectFileSource } from "../../src/rdd/sources/object-file.ts";
import { parallelizeSource } from "../../src/rdd/sources/parallelize.ts";
import { rangeSource } from "../../src/rdd/sources/range.ts";
import { textFormat } from "../../src/rdd/sources/text-file.ts";
import { readerFormat, wholeBinaryFormat, wholeTextFormat } from "../../src/rdd/sources/whole-files.ts";
import { casesOf, catches, failuresOf, openFilesIn } from "./suite-cases.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-source-suite-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** A source of files in a format, and the same of a file that is gone. */
function files<T, P>(
  format: FileFormat<T, P>,
  path: string,
  expected: readonly (readonly T[])[],
): SourceUnderTest<T, P> {
  const gone = file("gone", "gone\n");
  const { size } = statSync(gone);
  rmSync(gone);
  const info = { path: gone, size: 0, mtimeMs: 0, isDirectory: false, isFile: true };
  const unreadable = knownFiles([{ ...info, size: Math.max(4, size - (size % 4)) }], format);
  return { source: filesSource(path, 2, format), expected, unreadable, open: () => openFilesIn(folder) };
}

const { length } = "a line of text\n";
const lines = (n: number) => Array.from({ length: n }, () => "a line of text");

describe("parallelize", () =>
  testSource(it, () => ({
    source: parallelizeSource(["a", { b: 1 }, new Date(0)], 2),
    expected: [["a"], [{ b: 1 }, new Date(0)]],
  })));

describe("range", () => testSource(it, () => ({ source: rangeSource(0, 5, 2, 2), expected: [[0], [2, 4]] })));

describe("lines of files", () =>
  testSource(it, () => files(textFormat, file("text/a", "a line of text\n".repeat(4)), [lines(2), lines(2)])));

describe("lines of long files", () =>
  testSource(it, () => {
    const content = "a line of text\n".repeat(20_000);
    return files(textFormat, file("long/a", content), [
      lines(10_000),
      lines((content.length - 10_000 * length) / length),
    ]);
  }));

describe("lines of packed files", () =>
  testSource(it, () => ({
    ...files(textFormat, file("packed/a.gz", gzipSync("a\nb\n")), [["a", "b"]]),
    unreadable: filesSource(file("packed/b.gz", "no gzip"), 1, textFormat),
  })));

describe("records of a fixed length", () =>
  testSource(it, () =>
    files(fixedLengthFormat(2), file("fixed/a", Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)), [
      [Uint8Array.of(1, 2), Uint8Array.of(3, 4)],
      [Uint8Array.of(5, 6), Uint8Array.of(7, 8)],
    ]),
  ));

describe("texts of whole files", () =>
  testSource(it, () => {
    const [a, b] = [file("whole/a", "aa"), file("whole/b", "bb")];
    return files(wholeTextFormat, join(folder, "whole"), [[[a, "aa"]], [[b, "bb"]]]);
  }));

describe("bytes of whole files", () =>
  testSource(it, () => {
    const [a, b] = [file("whole/a", "aa"), file("whole/b", "bb")];
    const bytes = (text: string) => new Uint8Array(Buffer.from(text));
    return files(wholeBinaryFormat, join(folder, "whole"), [[[a, bytes("aa")]], [[b, bytes("bb")]]]);
  }));

describe("files in a format of the program's", () =>
  testSource(it, () => {
    file("own/a", "aa");
    file("own/b", "bb");
    const format = readerFormat(async function* (one) {
      for await (const piece of one.stream()) yield* Buffer.from(piece).toString();
    });
    return files(format, join(folder, "own"), [
      ["a", "a"],
      ["b", "b"],
    ]);
  }));

describe("object files", () =>
  testSource(it, async () => {
    const path = join(folder, `objects-${Math.random()}`);
    const sc = new SparkContext({ master: "local", conf: { "spark.ui.enabled": false } });
    await sc
      .parallelize(
        [
          ["a", 1],
          ["b", 2],
        ],
        2,
      )
      .saveAsObjectFile(path);
    await sc.stop();
    return {
      source: objectFileSource(path, []),
      expected: [[["a", 1]], [["b", 2]]],
      unreadable: objectFileSource(file("no-objects", "no objects"), []),
      open: () => openFilesIn(folder),
    };
  }));

/** Counts what a source has opened and not closed: on the driver's thread, where the test is. */
const opened = { count: 0 };

function counting(source: RddSource<number, number>): SourceUnderTest<number, number> {
  opened.count = 0;
  return {
    source,
    expected: [
      [1, 2],
      [2, 4],
    ],
    open: () => opened.count,
  };
}

class Doubles implements RddSource<number, number> {
  readonly factor = 2;
  partitions() {
    return [1, 2];
  }
  async *compute(n: number) {
    opened.count++;
    try {
      yield n;
      yield n * this.factor;
    } finally {
      opened.count--;
    }
  }
}

describe("a source of a program's own", () => testSource(it, () => counting(new Doubles())));

describe("a source of a program's own, in chunks", () =>
  testSource(it, () =>
    counting({
      partitions: () => [1, 2],
      compute(n): RecordChunks<number> {
        const chunks = [[n], [], [n * 2]];
        opened.count++;
        return { next: async () => chunks.shift(), close: async () => void opened.count-- };
      },
    }),
  ));

describe("the suite of sources", () => {
  const expected = [
    [1, 2],
    [2, 4],
  ];
  const partitions = () => [1, 2];
  let calls = 0;

  /** What is wrong with a source, and the case that must see it. */
  const broken: readonly (readonly [
    what: string,
    seenBy: string,
    source: RddSource<number, number>,
    more?: Partial<SourceUnderTest<number, number>>,
  ])[] = [
    ["a record is lost", "has its records, partition by partition", { partitions, compute: (n) => [n] }],
    [
      "records are in another partition",
      "has its records, partition by partition",
      { partitions: () => [1], compute: () => [1, 2, 2, 4] },
    ],
    [
      "other records come the second time",
      "has the same records each time it is computed",
      { partitions, compute: (n) => [n, n * 2 + (calls++ > 1 ? 1 : 0)] },
    ],
    [
      "an iterator is shared",
      "computes each partition by itself, in any order",
      (() => {
        const all = [
          [1, 2],
          [2, 4],
        ].values();
        return { partitions, compute: () => all.next().value ?? [] };
      })(),
    ],
    [
      "it has its records only where the driver is",
      "travels to executor threads, and has the same records there",
      {
        partitions,
        compute: (n) => (isMainThread ? [n, n * 2] : [n]),
      },
    ],
    [
      "partitions differ from time to time",
      "plans the same partitions each time, of data that travels",
      { partitions: () => [++calls, 2], compute: (n) => [n, n * 2] },
    ],
    [
      "partitions cannot travel",
      "plans the same partitions each time, of data that travels",
      { partitions: () => [(() => 1) as never], compute: (n) => [n] },
    ],
    [
      "a partition is changed",
      "leaves what its partitions were told as it was",
      {
        partitions: () => [[1, 2]] as never,
        compute: (n) => (n as unknown as number[]).splice(0),
      },
    ],
    ...(["no more is wanted", "an operator fails", "its job is cancelled"] as const).map(
      (when) =>
        [
          `something stays open where ${when}`,
          `ends what it has opened where ${when}`,
          {
            partitions,
            *compute(n: number) {
              opened.count++;
              yield n;
              yield n * 2;
            },
          },
          { open: () => opened.count },
        ] as const,
    ),
    [
      "a failure is taken for an end",
      "says that it cannot be read, where it cannot",
      { partitions, compute: (n) => [n, n * 2] },
      { unreadable: { partitions, compute: () => [] } },
    ],
    [
      "a chunk is no array",
      "gives chunks, if any, that are arrays, and the same numbers as ranges",
      { partitions, compute: (): RecordChunks<number> => ({ next: async () => new Set([1]) as never }) },
    ],
    [
      "ranges have other numbers than chunks",
      "gives chunks, if any, that are arrays, and the same numbers as ranges",
      {
        partitions,
        compute(n): RecordChunks<number> {
          let done = false;
          const once = <R>(value: R) => {
            const given = done ? undefined : value;
            done = true;
            return given;
          };
          return {
            nextSync: () => once([n, n * 2]),
            nextRange: () => once({ start: n, step: 1, from: 0, length: 2 }),
          };
        },
      },
    ],
  ];

  for (const [what, seenBy, source, more] of broken) {
    it(`sees that ${what}`, async () => {
      calls = 0;
      opened.count = 0;
      await catches(
        casesOf((register) => testSource(register, () => ({ source, expected, ...more }), { deadline: 200 })),
        seenBy,
      );
    });
  }

  it("has a broken source for each of its cases", () => {
    const cases = casesOf((register) => testSource(register, () => counting(new Doubles())));
    assert.deepEqual(new Set(broken.map(([, seenBy]) => seenBy)), new Set(cases.keys()));
  });

  it("passes a source that is right", async () => {
    const cases = casesOf((register) =>
      testSource(register, () => ({ source: { partitions, compute: (n) => [n, n * 2] }, expected })),
    );
    assert.deepEqual(await failuresOf(cases), []);
  });
});
