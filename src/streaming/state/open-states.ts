import { MillraceError } from "../../errors.ts";
import type { UserFunction } from "../../rdd/plan.ts";
import type { SparkContext } from "../../spark-context.ts";
import type { GraphPlan } from "../graph-plan.ts";

/** The states of a run's streams, while it is at work. */
export interface OpenStates {
  /** Frees them, and removes files that were temporary. */
  close(): Promise<void>;
}

/** Opens the states of all stateful streams, in stores that `provider` opens, if there is one. Throws `FILE_UNWRITABLE`. */
export async function openStates(
  sparkContext: SparkContext,
  { streams }: GraphPlan,
  provider: UserFunction | undefined,
): Promise<OpenStates> {
  const { conf, engine } = sparkContext;
  const store = provider ?? storeNamed(conf.value("millrace.state.store"));
  const directory = conf.value("spark.streaming.checkpoint.directory");
  const states = streams.flatMap(({ node, name }) => (node.type === "state" ? [{ node, name }] : []));
  const close = async () => {
    await Promise.all(states.map(({ node }) => engine.closeState(node.rule)));
  };
  try {
    for (const [i, { node, name }] of states.entries()) {
      if (provider !== undefined) sparkContext.captureClosure(provider, node.site);
      await engine.openState(node.rule, { name: name ?? `${node.site.operator}-${i + 1}`, store, directory });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

function storeNamed(name: string): "memory" | "lmdb" {
  if (name === "memory" || name === "lmdb") return name;
  throw new MillraceError("INVALID_ARGUMENT", `millrace.state.store cannot be "${name}"`, {
    remedy: "Set it to memory or lmdb, or give the StreamingContext a stateStore.",
  });
}
