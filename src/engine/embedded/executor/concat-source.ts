import type { Chunk } from "../../../rdd/record-chunks.ts";
import type { RecordColumns } from "../../../serializer/column-reader.ts";
import { type ChunkSource, pull } from "./chunk-source.ts";

/**
 * The chunks of several sources, one source after the other. All are open from the start, so that a synchronous
 * iteration can go on from one to the next.
 */
export class ConcatSource implements ChunkSource {
  readonly sync: boolean;
  readonly #sources: readonly ChunkSource[];
  #current = 0;

  private constructor(sources: readonly ChunkSource[]) {
    this.#sources = sources;
    this.sync = sources.every(({ sync }) => sync);
  }

  static async open(openers: readonly (() => Promise<ChunkSource>)[]): Promise<ConcatSource> {
    const sources: ChunkSource[] = [];
    try {
      for (const open of openers) sources.push(await open());
    } catch (thrown) {
      for (const source of sources) source.close();
      throw thrown;
    }
    return new ConcatSource(sources);
  }

  nextSync(): Chunk | undefined {
    for (; this.#current < this.#sources.length; this.#current++) {
      const chunk = this.#sources[this.#current]!.nextSync();
      if (chunk !== undefined) return chunk;
    }
    return undefined;
  }

  nextColumns(): RecordColumns | Chunk | undefined {
    for (; this.#current < this.#sources.length; this.#current++) {
      const source = this.#sources[this.#current]!;
      const chunk = source.nextColumns === undefined ? source.nextSync() : source.nextColumns();
      if (chunk !== undefined) return chunk;
    }
    return undefined;
  }

  async next(): Promise<Chunk | undefined> {
    for (; this.#current < this.#sources.length; this.#current++) {
      const chunk = await pull(this.#sources[this.#current]!);
      if (chunk !== undefined) return chunk;
    }
    return undefined;
  }

  close(): void {
    for (const source of this.#sources) source.close();
  }
}
