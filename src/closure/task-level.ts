/**
 * Which nodes of a closure are made anew for each task, and which once for a thread.
 *
 * The code that assigns a captured variable must find it fresh in every task, so everything that leads to such code is
 * made anew; so is the data that such a variable may hold. Classes and functions that have nothing to do with it are
 * made once, with all that they hold, as are large tables that only the function itself refers to.
 */
import { type GraphNode, targetsOf } from "./graph.ts";

/** Indices of the nodes to be made for each task: none for most closures. */
export function taskLevelNodes(nodes: readonly GraphNode[]): ReadonlySet<number> {
  const assigning = indicesWhere(
    nodes,
    (node) => node.kind === "cell" || (node.kind === "function" && node.assigned.length > 0),
  );
  if (assigning.length === 0) return new Set();
  const targets = nodes.map(targetsOf);
  const sources = nodes.map((): number[] => []);
  targets.forEach((list, index) => {
    for (const target of list) sources[target]!.push(index);
  });
  const leading = reach(assigning, sources);
  const settled = reach(
    indicesWhere(nodes, (node, index) => node.kind === "function" && !leading.has(index)),
    targets,
  );
  const held = [...reach(assignedValues(nodes), targets)].filter((index) => !settled.has(index));
  return reach([...leading, ...held], sources);
}

function indicesWhere(nodes: readonly GraphNode[], test: (node: GraphNode, index: number) => boolean): number[] {
  return nodes.flatMap((node, index) => (test(node, index) ? [index] : []));
}

/** What assigned variables hold at first: the contents of cells, and of the captures of code that assigns. */
function assignedValues(nodes: readonly GraphNode[]): number[] {
  return nodes.flatMap((node) => {
    if (node.kind === "cell") return targetsOf(node);
    if (node.kind !== "function") return [];
    return node.assigned.map((position) => node.captures[position]).filter((ref) => typeof ref === "number");
  });
}

function reach(start: readonly number[], edges: readonly (readonly number[])[]): Set<number> {
  const reached = new Set(start);
  for (const index of reached) for (const next of edges[index]!) reached.add(next);
  return reached;
}
