/** Functions as they arrive in an executor. */
import v8 from "node:v8";
import type { ClosureGraph, FunctionNode, GraphNode } from "./graph.ts";
import { adoptIdentity } from "./identity.ts";
import { LoadedModules } from "./module-loader.ts";
import { type Cell, GraphReviver, type Registry } from "./revive-graph.ts";
import { taskLevelNodes } from "./task-level.ts";

export interface RevivableClosure {
  /** Whether the code assigns captured variables: each task must then call {@link instantiate} for itself. */
  readonly perTask: boolean;
  /** The function. With `perTask` one with the variables of this task; else the same at each call. */
  instantiate(scope?: TaskScope): (...args: unknown[]) => unknown;
}

/**
 * Revives closures, one Reviver in a thread. A function or class that two closures shipped is one object in the
 * thread, unless it has to do with assigned variables, or is a function whose captured values have changed between.
 */
export class Reviver {
  readonly #functions = new KnownFunctions();

  /** Reads a closure and imports the packages and built-in modules that it refers to. Runs none of the user's code. */
  async prepare(bytes: Uint8Array): Promise<RevivableClosure> {
    const { nodes, root } = read(bytes);
    const modules = await LoadedModules.of(nodes);
    const taskLevel = taskLevelNodes(nodes);
    const shared = new GraphReviver(nodes, modules, this.#functions, () => undefined);
    if (taskLevel.size === 0) return { perTask: false, instantiate: once(() => shared.revive(root) as Revived) };
    const elsewhere = (index: number) => (taskLevel.has(index) ? undefined : { value: shared.revive(index) });
    const instantiate = (scope = new TaskScope()) => {
      // Data is in the graph itself, so a fresh reading gives fresh data.
      const own = new GraphReviver(read(bytes).nodes, modules, scope, elsewhere);
      return own.revive(root) as Revived;
    };
    return { perTask: true, instantiate };
  }
}

type CellNode = Extract<GraphNode, { kind: "cell" }>;
type Revived = ReturnType<RevivableClosure["instantiate"]>;

/** Lets go of `make`, and with it of the graph, when it has made its value. */
function once<T>(make: () => T): () => T {
  let pending: (() => T) | undefined = make;
  let value: T;
  return () => {
    if (pending) {
      value = pending();
      pending = undefined;
    }
    return value;
  };
}

function read(bytes: Uint8Array): ClosureGraph {
  return v8.deserialize(bytes) as ClosureGraph;
}

/** What is made for one task and is no other's: the task's closures share it. */
export class TaskScope implements Registry {
  readonly #functions = new Map<string, Function>();
  readonly #cells = new Map<string, Cell>();

  find(node: FunctionNode): Function | undefined {
    const key = keyOf(node);
    return key === undefined ? undefined : this.#functions.get(key);
  }

  keep(node: FunctionNode, made: Function): void {
    adoptIdentity(made, node.id);
    const key = keyOf(node);
    if (key !== undefined) this.#functions.set(key, made);
  }

  findCell({ owners }: CellNode): Cell | undefined {
    return owners.map((owner) => this.#cells.get(owner)).find((cell) => cell !== undefined);
  }

  keepCell({ owners }: CellNode, made: Cell): void {
    for (const owner of owners) this.#cells.set(owner, made);
  }
}

/** Holds on to nothing: a function that no closure and no object uses any more may go. */
class KnownFunctions implements Registry {
  readonly #functions = new Map<string, WeakRef<Function>>();
  readonly #cleanup = new FinalizationRegistry((key: string) => {
    if (this.#functions.get(key)?.deref() === undefined) this.#functions.delete(key);
  });

  find(node: FunctionNode): Function | undefined {
    const key = keyOf(node);
    return key === undefined ? undefined : this.#functions.get(key)?.deref();
  }

  keep(node: FunctionNode, made: Function): void {
    adoptIdentity(made, node.id);
    const key = keyOf(node);
    if (key === undefined) return;
    this.#functions.set(key, new WeakRef(made));
    this.#cleanup.register(made, key);
  }

  /** Variables that are assigned are a task's. */
  findCell(): undefined {}

  keepCell(): void {}
}

/** Undefined for a function that is not to be compared. */
function keyOf({ id, isClass, version }: FunctionNode): string | undefined {
  if (isClass) return `class ${id}`;
  return version === undefined ? undefined : `${id} ${version}`;
}
