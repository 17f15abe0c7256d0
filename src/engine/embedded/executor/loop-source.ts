import type { Chunk, ChunkSource } from "./chunk-source.ts";
import type { Collected } from "./collect-sink.ts";
import type { FusedLoop, LoopState } from "./fused-loop.ts";
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
    return this.#ended ? undefined : this.#process(this.#source.nextSync());
  }

  async next(): Promise<Chunk | undefined> {
    return this.#ended ? undefined : this.#process(await this.#source.next());
  }

  #process(chunk: Chunk | undefined): Chunk {
    this.#env.checkCancelled();
    if (chunk === undefined || !this.#loop.process(this.#state, chunk)) {
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
