import { MillraceError } from "../../errors.ts";
import type { SparkContext } from "../../spark-context.ts";
import type { GraphPlan } from "../graph-plan.ts";

/** The states of a run's streams, while it is at work. */
export interface OpenStates {
  /** Frees them, and removes files that were temporary. */
  close(): Promise<void>;
}

/** Opens the states of all stateful streams. Throws `FILE_UNWRITABLE`. */
export async function openStates({ conf, engine }: SparkContext, { streams }: GraphPlan): Promise<OpenStates> {
  const store = conf.value("millrace.state.store");
  if (store !== "memory" && store !== "lmdb") {
    throw new MillraceError("INVALID_ARGUMENT", `millrace.state.store cannot be "${store}"`, {
      remedy: "Set it to memory or lmdb.",
    });
  }
  const directory = conf.value("spark.streaming.checkpoint.directory");
  const states = streams.flatMap(({ node, name }) => (node.type === "state" ? [{ node, name }] : []));
  const close = async () => {
    await Promise.all(states.map(({ node }) => engine.closeState(node.rule)));
  };
  try {
    for (const [i, { node, name }] of states.entries()) {
      await engine.openState(node.rule, { name: name ?? `${node.site.operator}-${i + 1}`, store, directory });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
