import type { CallSite } from "../../core/call-site.ts";
import type { Time } from "../../core/time.ts";
import { describeThrown, isMillraceError, MillraceError } from "../../errors.ts";
import type { FileInfo, FileSystem } from "../../filesystem/filesystem.ts";
import type { Clock } from "../../platform/clock.ts";
import { Logger } from "../../platform/log.ts";
import { type FileFormat, knownFiles } from "../../rdd/sources/file-format.ts";
import { NewFiles, type NewFilesRule } from "../file/new-files.ts";
import { type InputBatch, type InputContext, InputDStream } from "../input-dstream.ts";
import { at } from "./stream-node.ts";

const logger = new Logger("FileInputDStream");

export interface FileInputParts<T> {
  readonly filesystem: FileSystem;
  readonly clock: Clock;
  readonly format: FileFormat<T, unknown>;
}

/** The records of files that appear in directories: the one that `directory` names, or those that it matches as a pattern. */
export class FileInputDStream<T> extends InputDStream<T> {
  readonly #directory: string;
  readonly #site: CallSite;
  readonly #files: NewFiles;
  readonly #batchMs: number;
  readonly #parts: FileInputParts<T>;
  #context!: InputContext;
  /** What the last batch has warned of: the same again, at each batch, would tell nothing. */
  #told = new Set<string>();
  /** Whether looking for files has ever taken longer than a batch. */
  #slow = false;

  constructor(directory: string, rule: NewFilesRule, parts: FileInputParts<T>, site: CallSite) {
    super();
    this.#directory = directory;
    this.#parts = parts;
    this.#site = site;
    this.#batchMs = rule.batchMs;
    this.#files = new NewFiles({ ...rule, filter: (path) => this.#passes(rule.filter, path) });
  }

  override get name(): string {
    return `file stream ${this.#directory}`;
  }

  override start(context: InputContext): void {
    this.#context = context;
  }

  async plan({ milliseconds: time }: Time): Promise<InputBatch<T>> {
    const problems: string[] = [];
    const files = await this.#newFiles(time, problems);
    this.#tell(problems);
    const paths = files.map(({ path }) => path);
    this.#files.take(paths, time);
    return {
      rdd: this.#context.source(knownFiles(files, this.#parts.format)),
      numRecords: 0,
      metadata: {
        files: paths,
        Description: [...paths, ...problems].join("\n"),
        ...(problems.length > 0 && { problems }),
      },
    };
  }

  async #newFiles(time: number, problems: string[]): Promise<readonly FileInfo[]> {
    const found = await this.#list(problems);
    const { fresh, late } = this.#files.select(found, time, this.#parts.clock.fileTime(time));
    for (const { path, mtimeMs } of late) {
      problems.push(
        `${path} is not read: it is new here, but was last written at ${new Date(mtimeMs).toISOString()}. Moving a file keeps its time; touch it before`,
      );
    }
    const readable = await Promise.all(fresh.map((file) => this.#isReadable(file, problems)));
    return fresh.filter((_, i) => readable[i]);
  }

  /** Nothing where it cannot be listed: what is missed is found at the next batch, while it is not too old. */
  async #list(problems: string[]): Promise<readonly FileInfo[]> {
    const started = this.#parts.clock.now();
    try {
      const found: FileInfo[] = [];
      const onProblem = ({ what }: MillraceError) => problems.push(what);
      const directories = await this.#parts.filesystem.directories(this.#directory, onProblem);
      if (directories.length === 0) problems.push(`there is no directory ${this.#directory} to look for files in`);
      for (const directory of directories) found.push(...(await this.#parts.filesystem.list(directory, onProblem)));
      if (!this.#slow && this.#parts.clock.now() - started > this.#batchMs) {
        this.#slow = true;
        problems.push(
          `looking for new files in ${this.#directory} takes longer than a batch: move away those that have been read`,
        );
      }
      return found;
    } catch (error) {
      problems.push(isMillraceError(error) ? error.what : describeThrown(error));
      return [];
    }
  }

  async #isReadable({ path }: FileInfo, problems: string[]): Promise<boolean> {
    try {
      return await this.#parts.filesystem.isReadable(path);
    } catch (error) {
      const what = isMillraceError(error) ? error.what : describeThrown(error);
      problems.push(`${what}; it is tried again until it is older than ${this.#files.windowMs / 1000} s`);
      return false;
    }
  }

  #passes(filter: (path: string) => unknown, path: string): boolean {
    try {
      return Boolean(filter(path));
    } catch (cause) {
      throw new MillraceError("CALLBACK_FAILED", `the filter threw for ${path}: ${describeThrown(cause)}`, {
        ...at(this.#site),
        cause,
      });
    }
  }

  #tell(problems: readonly string[]): void {
    for (const problem of problems)
      if (!this.#told.has(problem)) logger.warn(`${this.#site}: ${problem}`, "FILE_STREAM");
    this.#told = new Set(problems);
  }
}
