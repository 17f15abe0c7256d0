import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { StreamInputInfo } from "millrace";
import { StreamTester, type StreamTesterOptions } from "millrace/testing";
import { captureLogs } from "../logs.ts";

export const BATCH_MS = 1000;

/** A directory, a stream of it under a clock that is turned by hand, and what came of it. */
export class Drop {
  readonly folder: string;
  readonly tester: StreamTester;
  readonly inputs: StreamInputInfo[] = [];

  constructor(t: TestContext, options: StreamTesterOptions = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "millrace-file-stream-"));
    this.tester = new StreamTester({ batchDuration: BATCH_MS, startTime: 100_000, ...options });
    this.tester.ssc.addStreamingListener({
      onBatchSubmitted: ({ batchInfo }) => this.inputs.push(batchInfo.streamIdToInputInfo.get(0)!),
    });
    t.after(async () => {
      await this.tester.stop();
      rmSync(this.folder, { recursive: true });
    });
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Writes a file that is as old as the clock says now, or has another time. */
  write(name: string, content: string | Uint8Array, mtimeMs = this.tester.clock.now()): void {
    mkdirSync(join(this.path(name), ".."), { recursive: true });
    writeFileSync(this.path(name), content);
    this.touch(name, mtimeMs);
  }

  touch(name: string, mtimeMs = this.tester.clock.now()): void {
    utimesSync(this.path(name), mtimeMs / 1000, mtimeMs / 1000);
  }

  /** Half a batch on, or one and a half: so that the clock is between two ticks. */
  async next(): Promise<void> {
    const { tester } = this;
    await tester.advance(tester.clock.now() % BATCH_MS === 0 ? BATCH_MS / 2 : BATCH_MS);
  }

  names(batch: number): string[] {
    return (this.inputs[batch]!.metadata.files as string[]).map((path) => path.slice(this.folder.length + 1));
  }
}

/** The warnings of file streams while `body` runs. */
export async function warnings(body: () => Promise<void>): Promise<string[]> {
  const logs = captureLogs();
  try {
    await body();
  } finally {
    logs.stop();
  }
  return logs.of("FILE_STREAM");
}
