import { join } from "node:path";
import { describeThrown } from "../errors.ts";
import { removeAtExit, removeTree, systemTemporaryDirectory } from "../platform/files.ts";
import { Logger } from "../platform/log.ts";
import { systemRandom } from "../platform/random.ts";

const logger = new Logger("BlockManager");

/**
 * The driver's side of blocks in files: receivers and executors write them, in directories of their own below this one; here they are
 * removed, each when nobody reads it any more, and all together at the end, also that of the process.
 */
export class BlockFiles {
  readonly #directory: string;
  readonly #exit: { readonly gone: () => void };
  #waiting: string[] = [];
  #removing: Promise<void> | undefined;
  #writers = 0;

  /** Below `parent`, by default where the system has temporary files. Nothing is made before it is needed. */
  constructor(parent = systemTemporaryDirectory()) {
    const name = Math.floor(systemRandom.next() * 2 ** 52).toString(36);
    this.#directory = join(parent, `millrace-blocks-${name}`);
    this.#exit = removeAtExit(this.#directory);
  }

  /** Where the next one who writes puts its files. */
  nextDirectory(): string {
    return join(this.#directory, `${++this.#writers}`);
  }

  /** Resolves when the files are gone. */
  remove(paths: readonly string[]): Promise<void> {
    this.#waiting.push(...paths);
    this.#removing ??= this.#removeWaiting();
    return this.#removing;
  }

  /** Removes all there are. */
  async close(): Promise<void> {
    await this.#removing;
    await removeQuietly(this.#directory);
    this.#exit.gone();
  }

  /** One after the other, so that other work with files is not held up. */
  async #removeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) for (const path of this.#waiting.splice(0)) await removeQuietly(path);
    this.#removing = undefined;
  }
}

async function removeQuietly(path: string): Promise<void> {
  try {
    await removeTree(path);
  } catch (error) {
    logger.warn(`${path} could not be removed: ${describeThrown(error)}`, "BLOCK_FILE");
  }
}
