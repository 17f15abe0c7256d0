import { MillraceError } from "../errors.ts";
import type { StorageLevel } from "../rdd/storage-level.ts";
import type { InputNode, OutputNode, StreamNode } from "./dstream/stream-node.ts";
import type { DStreamGraph } from "./dstream-graph.ts";

/** All that running a graph takes, settled in one walk when the context starts. */
export interface GraphPlan {
  readonly outputs: readonly OutputNode[];
  /** Every stream that an output needs, parents before their children. */
  readonly streams: readonly StreamPlan[];
  readonly inputs: readonly InputNode[];
  /** No stream needs the RDDs of a batch this much older than one that has ended. */
  readonly longestRememberMs: number;
}

export interface StreamPlan {
  readonly node: StreamNode;
  /** As the program has named it. */
  readonly name: string | undefined;
  readonly level: StorageLevel;
  /** When the batch at t has ended, RDDs of t - rememberMs and before are forgotten (S6). */
  readonly rememberMs: number;
}

/**
 * Plans a graph. Outputs are where it begins: what none of them needs is not computed, and its inputs are not opened.
 * Throws `NO_OUTPUT_OPERATION`.
 *
 * A stream remembers for at least its slide, and as long as each of its children does; the parent of a window, for the
 * window's length more. With a batch of 1 s and remember(3 s):
 *
 * ```text
 * map (9 s) -> window of 2 s (7 s) -> window of 4 s (3 s) -> output
 * ```
 */
export function planGraph(graph: DStreamGraph): GraphPlan {
  if (graph.outputs.length === 0) {
    throw new MillraceError(
      "NO_OUTPUT_OPERATION",
      "the StreamingContext has no output operation, so there is nothing to compute",
      {
        remedy: "Call print() or foreachRDD() on a stream before start().",
      },
    );
  }
  const remember = new Map<StreamNode, number>();
  const raise = (node: StreamNode, ms: number) =>
    remember.set(node, Math.max(ms, node.slideMs, remember.get(node) ?? 0));

  for (const { parent } of graph.outputs) raise(parent, graph.rememberMs);
  // Children have higher ids than their parents, so each node's own value is final when its turn comes.
  const nodes = reachable(graph.outputs.map(({ parent }) => parent)).sort((a, b) => b.id - a.id);
  for (const node of nodes) {
    const own = remember.get(node)!;
    // What leaves a window was in the one before, which began a slide earlier: that long it remembers itself.
    const windowMs = "windowMs" in node ? (node.windowMs ?? 0) : 0;
    for (const parent of node.parents) raise(parent, own + windowMs);
  }
  const streams = nodes
    .reverse()
    .map((node) => ({ node, name: graph.nameOf(node), level: graph.level(node), rememberMs: remember.get(node)! }));
  return {
    outputs: [...graph.outputs],
    streams,
    inputs: nodes.filter((node) => node.type === "input"),
    longestRememberMs: Math.max(...remember.values()),
  };
}

function reachable(from: readonly StreamNode[]): StreamNode[] {
  const found = new Set(from);
  // A set's iteration reaches what is added on the way.
  for (const node of found) for (const parent of node.parents) found.add(parent);
  return [...found];
}
