import type { FileInfo } from "../../filesystem/filesystem.ts";

export interface NewFilesRule {
  /** Milliseconds. */
  readonly batchMs: number;
  /** `spark.streaming.fileStream.minRememberDuration`. */
  readonly minRememberMs: number;
  /** Files with this modification time, or an earlier one, are not new. */
  readonly ignoreUntil: number;
  /** Gets the path. */
  readonly filter: (path: string) => unknown;
}

/** What was found, sorted by the rule. */
export interface Selection {
  /** New, and to be read in this batch. */
  readonly fresh: readonly FileInfo[];
  /** Have come since the last batch, and are too old to be read. */
  readonly late: readonly FileInfo[];
}

/**
 * Which of the files that are there belong to a batch: Spark's rule (FileInputDStream, S9). It goes by modification times
 * alone, so that it needs no memory of all that was ever there; what was taken is remembered as long as its time
 * is in the window.
 *
 * ```text
 *            t - window                            t
 *     -----------(----------------------------------]-----------> modification time
 *       ignored    taken in the batch of t, unless     waits for
 *                  it was taken before                 a later batch
 * ```
 *
 * So a file may show up late, by a slow copy or a slow clock, by less than the window. One that shows up with an older time is never
 * read, and is told of: renaming keeps the time of a file.
 */
export class NewFiles {
  /** Milliseconds: whole batches, so that a file is either taken or too old at each of them. */
  readonly windowMs: number;
  readonly #rule: NewFilesRule;
  /** The paths that were taken, by batch. */
  readonly #taken = new Map<number, readonly string[]>();
  readonly #takenPaths = new Set<string>();
  /** The paths that were there at the last batch, undefined before the first. */
  #known: ReadonlySet<string> | undefined;

  constructor(rule: NewFilesRule) {
    this.#rule = rule;
    this.windowMs = Math.ceil(rule.minRememberMs / rule.batchMs) * rule.batchMs;
  }

  /** Sorts what was found at a batch; `fileTime` is the modification time that a file has which is written at the batch's time. */
  select(found: readonly FileInfo[], batchTime: number, fileTime = batchTime): Selection {
    this.#forget(batchTime - this.windowMs);
    const oldest = Math.max(this.#rule.ignoreUntil, fileTime - this.windowMs);
    const wanted = found.filter(({ path }) => this.#rule.filter(path) && !this.#takenPaths.has(path));
    const fresh = wanted.filter(({ mtimeMs }) => mtimeMs > oldest && mtimeMs <= fileTime);
    const known = this.#known;
    const late = known === undefined ? [] : wanted.filter((one) => one.mtimeMs <= oldest && !known.has(one.path));
    this.#known = new Set(found.map(({ path }) => path));
    return { fresh, late };
  }

  /** These have become the input of a batch. */
  take(paths: readonly string[], batchTime: number): void {
    this.#taken.set(batchTime, paths);
    for (const path of paths) this.#takenPaths.add(path);
  }

  /** What was taken until then is too old to be taken again, unless it is written anew. */
  #forget(until: number): void {
    for (const [batchTime, paths] of this.#taken) {
      if (batchTime > until) return;
      this.#taken.delete(batchTime);
      for (const path of paths) this.#takenPaths.delete(path);
    }
  }
}
