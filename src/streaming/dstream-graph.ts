import type { CallSite } from "../core/call-site.ts";
import { MillraceError } from "../errors.ts";
import { StorageLevel } from "../rdd/storage-level.ts";
import { at, type OutputNode, type StreamNode } from "./dstream/stream-node.ts";

/**
 * What a program has said before it starts its context: the outputs, which streams to keep and how long. The streams
 * themselves are reached from the outputs. Once frozen, it never changes.
 */
export class DStreamGraph {
  readonly #outputs: OutputNode[] = [];
  readonly #levels = new Map<StreamNode, StorageLevel>();
  readonly #names = new Map<StreamNode, string>();
  #rememberMs: number | undefined;
  #frozen = false;

  /** The output operations, in the order of their definition. */
  get outputs(): readonly OutputNode[] {
    return this.#outputs;
  }

  /** What `remember` asked for, or 0. */
  get rememberMs(): number {
    return this.#rememberMs ?? 0;
  }

  freeze(): void {
    this.#frozen = true;
  }

  /** Throws `CONTEXT_STATE` once the graph is frozen: an operator was called too late. */
  checkOpen(site: CallSite): void {
    if (!this.#frozen) return;
    throw new MillraceError(
      "CONTEXT_STATE",
      `${site.operator} was called after the StreamingContext had been started or stopped`,
      {
        ...at(site),
        remedy: "Define all streams and outputs before start().",
      },
    );
  }

  addOutput(output: OutputNode): void {
    this.checkOpen(output.site);
    this.#outputs.push(output);
  }

  /** Keeps the RDDs of a stream. For a window, those of its parent: neighbouring windows share them (S3). */
  persist(stream: StreamNode, level: StorageLevel, site: CallSite): void {
    this.checkOpen(site);
    this.#levels.set(beneathWindows(stream), level);
  }

  /** Names a stream. */
  name(stream: StreamNode, name: string, site: CallSite): void {
    this.checkOpen(site);
    if (typeof name !== "string" || name.trim() === "") {
      throw new MillraceError("INVALID_ARGUMENT", "the name of a stream must be a text, and not empty", at(site));
    }
    for (const [other, taken] of this.#names) {
      if (taken !== name || other === stream) continue;
      throw new MillraceError("INVALID_ARGUMENT", `the name ${name} is that of ${other.site} already`, {
        ...at(site),
        remedy: "Give each stream a name of its own.",
      });
    }
    this.#names.set(stream, name);
  }

  nameOf(stream: StreamNode): string | undefined {
    return this.#names.get(stream);
  }

  level(stream: StreamNode): StorageLevel {
    return this.#levels.get(stream) ?? StorageLevel.NONE;
  }

  /** Sets the least time that every stream keeps its RDDs. Once only. */
  remember(ms: number, site: CallSite): void {
    this.checkOpen(site);
    if (this.#rememberMs !== undefined) {
      throw new MillraceError(
        "CONTEXT_STATE",
        `remember was set to ${this.#rememberMs} ms before and cannot be set again`,
        at(site),
      );
    }
    this.#rememberMs = ms;
  }
}

function beneathWindows(stream: StreamNode): StreamNode {
  let node = stream;
  while (node.type === "window") node = node.parents[0];
  return node;
}
