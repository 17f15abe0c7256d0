import { join, resolve } from "node:path";
import type { CallSite } from "../core/call-site.ts";
import { isMillraceError, withPlace } from "../errors.ts";
import { lazyModule } from "../platform/own-modules.ts";
import { type ActionOptions, act, placeOf, recordsOf } from "./driver-side.ts";
import type { SaveObjectsRule } from "./operators/save-objects.ts";
import { PairActions } from "./pair-actions.ts";
import { narrow, type PlanNode } from "./plan.ts";

const parts = lazyModule<typeof import("./operators/part-file.ts")>(import.meta.url, "./operators/part-file.ts");
const objects = lazyModule<typeof import("./sources/object-file.ts")>(import.meta.url, "./sources/object-file.ts");

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
      await this.#save(path, site, (directory) => narrow(this.plan, "saveText", [], site, { argument: directory }));
    });
  }

  /**
   * Saves the records as they are in a new directory, for `SparkContext.objectFile`: a file for each partition, and in all
   * else as {@link saveAsTextFile}. Instances of classes keep their class.
   *
   * @example
   * ```ts no-run
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext();
   * await sc.parallelize([{ plane: "EC-MIG", at: new Date() }]).saveAsObjectFile("readings");
   * console.log(await sc.objectFile("readings").collect());
   * await sc.stop();
   * ```
   */
  saveAsObjectFile(path: string, options?: ActionOptions): Promise<void> {
    return act(this.rddContext, "saveAsObjectFile", options, async (site) => {
      await this.#save(path, site, (directory) => {
        const argument: SaveObjectsRule = { directory, run: objects().THIS_RUN };
        return narrow(this.plan, "saveObjects", [], site, { argument });
      });
    });
  }

  /** `writing` is the plan that writes the parts into the directory. */
  async #save(path: string, site: CallSite, writing: (directory: string) => PlanNode): Promise<void> {
    const { engine } = this.rddContext;
    const { filesystem } = engine;
    const directory = resolve(path);
    const unfinished = join(directory, parts().UNFINISHED);
    try {
      await filesystem.createDirectory(directory, { mayExist: engine.batch !== undefined });
      await filesystem.removeTree(unfinished);
      await filesystem.createDirectory(unfinished);
      await recordsOf(this.rddContext, writing(directory), site);
      await filesystem.removeTree(unfinished);
      await filesystem.writeText(join(directory, "_SUCCESS"), "");
    } catch (error) {
      throw isMillraceError(error) ? withPlace(error, placeOf(site)) : error;
    }
  }
}
