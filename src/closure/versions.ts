/**
 * When two shipments of a function are the same function. A thread that has a function already keeps it, with its
 * caches and its identity, if what it closes over has not changed since on the driver; else it makes the new one.
 * Classes have no version: `instanceof` must hold across closures, so the first shipment of a class stays.
 */
import { hash } from "node:crypto";
import v8 from "node:v8";
import { type FunctionNode, type GraphNode, mapRefs } from "./graph.ts";

/** Beyond this many values a comparison would cost more than it could save. */
const MOST_COMPARED = 2_000;
const MOST_BYTES_COMPARED = 1 << 16;

/** Sets the version of each function of a finished graph. */
export function stampVersions(nodes: GraphNode[]): void {
  const contents = new Map<number, Content>();
  nodes.forEach((node, index) => {
    if (isPlainFunction(node)) contents.set(index, contentOf(nodes, index, node));
  });
  for (const index of contents.keys()) {
    const version = versionOf(index, contents);
    if (version !== undefined) nodes[index] = { ...(nodes[index] as FunctionNode), version };
  }
}

function isPlainFunction(node: GraphNode): node is FunctionNode {
  return node.kind === "function" && !node.isClass;
}

/** What one function holds, without what the functions that it reaches hold. */
interface Content {
  /** Undefined when it is too much to compare. */
  readonly digest: string | undefined;
  readonly functions: readonly number[];
}

function contentOf(nodes: readonly GraphNode[], start: number, root: FunctionNode): Content {
  const places = new Map<number, number>([[start, 0]]);
  const queue: GraphNode[] = [root];
  const functions = new Set<number>();
  const content: GraphNode[] = [];
  for (const node of queue) {
    if (queue.length > MOST_COMPARED || isLarge(node)) return { digest: undefined, functions: [] };
    // Numbering the nodes from this function on makes the content the same whatever else the graph holds.
    const renumbered = mapRefs(node, (ref) => {
      const target = typeof ref === "number" ? nodes[ref]! : undefined;
      if (typeof ref !== "number" || target === undefined) return ref;
      if (target.kind === "function" && ref !== start) {
        if (!target.isClass) functions.add(ref);
        return { value: `function ${target.id}` };
      }
      const place = places.get(ref) ?? queue.push(target) - 1;
      places.set(ref, place);
      return place;
    });
    // Who else shares a variable is a matter of the closure, not of this function.
    content.push(renumbered.kind === "cell" ? { ...renumbered, owners: [] } : renumbered);
  }
  return { digest: hash("sha1", v8.serialize(content), "base64"), functions: [...functions] };
}

function versionOf(index: number, contents: ReadonlyMap<number, Content>): string | undefined {
  const reached = new Set([index]);
  for (const at of reached) for (const next of contents.get(at)!.functions) reached.add(next);
  const digests = Array.from(reached, (at) => contents.get(at)!.digest);
  if (digests.includes(undefined)) return undefined;
  return digests.length === 1 ? digests[0] : hash("sha1", digests.sort().join(), "base64");
}

function isLarge(node: GraphNode): boolean {
  if (node.kind === "arraybuffer" || node.kind === "buffer") return node.bytes.byteLength > MOST_BYTES_COMPARED;
  return node.kind === "data" && countValues(node.value, MOST_COMPARED) > MOST_COMPARED;
}

/** How many values data holds, counted up to a little more than `limit`. */
function countValues(data: unknown, limit: number, seen = new Set<object>()): number {
  if (typeof data === "string") return 1 + (data.length >> 5);
  if (typeof data !== "object" || data === null || seen.has(data)) return 1;
  if (Array.isArray(data) && data.length > limit) return data.length;
  if ((data instanceof Map || data instanceof Set) && data.size > limit) return data.size;
  seen.add(data);
  let count = 1;
  for (const part of data instanceof Map ? [...data].flat() : data instanceof Set ? data : Object.values(data)) {
    count += countValues(part, limit - count, seen);
    if (count > limit) break;
  }
  return count;
}
