import type { Chunk } from "../../../rdd/record-chunks.ts";
import type { ChunkSource } from "./chunk-source.ts";
import type { Collected } from "./collect-sink.ts";
import type { FusedLoop, LoopState } from "./fused-loop.ts";
import { feed, feedSync } from "./loop-feed.ts";
import type { TaskEnvironment } from "./task-environment.ts";

/** What a loop that ends in `collectSink` makes of each chunk of its source. */
export class LoopSource implements ChunkSource {
  readonly #source: ChunkSource;
  readonly #loop: FusedLoop;
  readonly #state: LoopState;
  readonly #collected: Collected;
  readonly #env: TaskEnvironment;
  #ended = false;

  constructor(source: ChunkSource, loop: FusedLoop, state: LoopState, env: TaskEnvironment) {
    this.#source = source;
    this.#loop = loop;
    this.#state = state;
    this.#collected = state.states.at(-1) as Collected;
    this.#env = env;
  }

  get sync(): boolean {
    return this.#source.sync;
  }

  nextSync(): Chunk | undefined {
    return this.#ended ? undefined : this.#made(feedSync(this.#source, this.#loop, this.#state));
  }

  async next(): Promise<Chunk | undefined> {
    return this.#ended ? undefined : this.#made(await feed(this.#source, this.#loop, this.#state));
  }

  #made(more: boolean): Chunk {
    this.#env.checkCancelled();
    if (!more) {
      this.#loop.epochEnd(this.#state);
      this.#ended = true;
    }
    const made = this.#collected.out;
    this.#collected.out = [];
    return made;
  }

  close(): void {
    this.#source.close();
  }
}
