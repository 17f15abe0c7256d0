import { join, resolve } from "node:path";
import { isMillraceError, withPlace } from "../errors.ts";
import { lazyModule } from "../platform/own-modules.ts";
import { type ActionOptions, act, placeOf, recordsOf } from "./driver-side.ts";
import { PairActions } from "./pair-actions.ts";
import { narrow } from "./plan.ts";

const saving = lazyModule<typeof import("./operators/save-text.ts")>(import.meta.url, "./operators/save-text.ts");

/** The actions that write files. */
export abstract class OutputActions<out T> extends PairActions<T> {
  /**
   * Saves the records as lines of text in a new directory: a file for each partition, `part-00000` and so on, and an empty
   * `_SUCCESS` when all of them are there. Objects and arrays are written as JSON, all else by `String`. Each file gets its
   * name when it is whole.
   *
   * Rejects with `FILE_EXISTS` where the path exists, but in a streaming batch, which may run again: there the files of
   * the same partitions are replaced (S19).
   *
   * @example
   * ```ts no-run
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext();
   * await sc.textFile("logs").filter((line) => line.includes("ERROR")).saveAsTextFile("errors");
   * console.log(await sc.textFile("errors").count());
   * await sc.stop();
   * ```
   */
  saveAsTextFile(path: string, options?: ActionOptions): Promise<void> {
    return act(this.rddContext, "saveAsTextFile", options, async (site) => {
      const { engine } = this.rddContext;
      const { filesystem } = engine;
      const directory = resolve(path);
      const unfinished = join(directory, saving().UNFINISHED);
      try {
        await filesystem.createDirectory(directory, { mayExist: engine.batch !== undefined });
        await filesystem.removeTree(unfinished);
        await filesystem.createDirectory(unfinished);
        await recordsOf(this.rddContext, narrow(this.plan, "saveText", [], site, { argument: directory }), site);
        await filesystem.removeTree(unfinished);
        await filesystem.writeText(join(directory, "_SUCCESS"), "");
      } catch (error) {
        throw isMillraceError(error) ? withPlace(error, placeOf(site)) : error;
      }
    });
  }
}
