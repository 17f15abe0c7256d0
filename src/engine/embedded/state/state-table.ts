/** What the driver knows of states: which batch each partition has, who has it, and what its batches have emitted. */
import { join } from "node:path";
import { MillraceError } from "../../../errors.ts";
import { unwritable } from "../../../filesystem/local-filesystem.ts";
import { makeDirectory, makeTemporaryDirectory, removeAtExit, removeTree } from "../../../platform/files.ts";
import type { StateNode, UserFunction } from "../../../rdd/plan.ts";
import type { StateRule, StateSettings } from "../../../rdd/state-rule.ts";
import type { ExecutorHandle } from "../executor/executor-pool.ts";
import { stateBlocks } from "../executor/made-blocks.ts";
import type { StateOutput } from "../executor/protocol.ts";
import type { BlockLedger, OwnedBlock } from "../owned-block.ts";
import { MovedPairs } from "./moved-pairs.ts";
import { StateHome } from "./state-home.ts";
import { type Restorable, StateLog } from "./state-log.ts";

/** One partition of a state. */
interface StatePartition {
  /** The last batch that counts; undefined before the first. */
  time: number | undefined;
  /** The executor that has the state after that batch; undefined where none is known to. */
  holder: string | undefined;
  /** What the last batch has emitted, held where that is what the state is made again of. */
  emitted: OwnedBlock | undefined;
  readonly log: StateLog;
}

/** What a batch has emitted in one partition. */
export interface EmittedPartition {
  readonly emitted: OwnedBlock;
  readonly snapshot: OwnedBlock | undefined;
}

interface HeldStateParts {
  readonly rule: StateRule;
  readonly store: StateSettings["store"];
  readonly directory: string;
  readonly isTemporary: boolean;
  readonly compactAfterBytes: number;
  /** Batches that take less than this are short. */
  readonly togetherMs: number;
  readonly ledger: BlockLedger;
}

/** The state of one operator. */
export class HeldState {
  readonly rule: StateRule;
  readonly partitions: readonly StatePartition[];
  /** Classes whose instances the state may hold. */
  readonly classes = new Set<number>();
  /** What the functions of whole partitions have returned for other ones. */
  readonly moved = new MovedPairs();
  readonly home: StateHome;
  /** Its batches come one after the other: this resolves when the last one that was asked for has ended. */
  turn: Promise<unknown> = Promise.resolve();
  #closed = false;
  readonly #parts: HeldStateParts;
  readonly #outputs = new Map<number, Map<number, EmittedPartition>>();

  constructor(parts: HeldStateParts) {
    const { rule, directory, compactAfterBytes, togetherMs } = parts;
    this.#parts = parts;
    this.home = new StateHome(togetherMs);
    this.rule = rule;
    const { numPartitions } = rule.partitioner;
    this.partitions = Array.from({ length: numPartitions }, (_, partition) => ({
      time: undefined,
      holder: undefined,
      emitted: undefined,
      log: new StateLog(directory, partition, compactAfterBytes),
    }));
  }

  /** Where the stores of its partitions have their files; undefined where they are in memory. */
  get storeDirectory(): string | undefined {
    return this.#parts.store === "memory" ? undefined : this.#parts.directory;
  }

  /** What opens the stores of its partitions, where the program says. */
  get storeProvider(): UserFunction | undefined {
    return typeof this.#parts.store === "function" ? this.#parts.store : undefined;
  }

  /** Whether files have what batches change: not where each batch emits all there is, and no file is to outlive the context. */
  get isWritten(): boolean {
    return !(this.rule.emitsState && this.#parts.isTemporary && this.#parts.store === "memory");
  }

  /** The last batch that all partitions have. */
  get time(): number | undefined {
    const times = this.partitions.map(({ time }) => time ?? Number.NEGATIVE_INFINITY);
    const oldest = Math.min(...times);
    return oldest === Number.NEGATIVE_INFINITY ? undefined : oldest;
  }

  /** What would be read to make all of it again. */
  get bytes(): number {
    return this.partitions.reduce(
      (sum, { log, emitted }) => sum + (this.isWritten ? log.bytes : (emitted?.handle.length ?? 0)),
      0,
    );
  }

  /** The partitions that lack a batch. */
  lacking(batchTime: number): number[] {
    return this.partitions.flatMap(({ time }, partition) =>
      time === undefined || time < batchTime ? [partition] : [],
    );
  }

  /** Takes over what a task has made of a batch in a partition. */
  accept(node: StateNode, partition: number, output: StateOutput, executor: ExecutorHandle): void {
    if (this.#closed) {
      executor.free(stateBlocks(output));
      return;
    }
    const own = (block: StateOutput["emitted"]) => this.#parts.ledger.own(block, executor);
    const held = this.partitions[partition]!;
    held.time = node.batchTime;
    held.holder = executor.id;
    const outputs = this.#outputs.get(node.id) ?? new Map<number, EmittedPartition>();
    this.#outputs.set(node.id, outputs);
    const emitted = own(output.emitted);
    outputs.set(partition, { emitted, snapshot: output.snapshot && own(output.snapshot) });
    if (!this.isWritten) {
      emitted.hold();
      held.emitted?.letGo();
      held.emitted = emitted;
    }
    for (const id of output.emitted.classes ?? []) this.classes.add(id);
    if (output.moved !== undefined) this.moved.add(partition, node.batchTime, own(output.moved));
    this.moved.forgetBefore(this.time);
    if (output.changes !== undefined) held.log.append(own(output.changes), node.writesAll);
    if (output.dump !== undefined) held.log.appendDump(own(output.dump.block), output.dump.next);
  }

  /** What an executor must be sent to have a partition as the last batch left it; undefined where it has it. */
  restorable(partition: number, executorId: string): Restorable | undefined {
    const { holder, emitted, log } = this.partitions[partition]!;
    if (holder === executorId) return undefined;
    return this.isWritten ? log.restorable() : restorableFrom(emitted);
  }

  /** A task has failed: what it has done to its partition is not known. */
  spoilt(partition: number): void {
    this.partitions[partition]!.holder = undefined;
    this.partitions[partition]!.log.abandonCompaction();
  }

  output(node: StateNode, partition: number): EmittedPartition | undefined {
    return this.#outputs.get(node.id)?.get(partition);
  }

  forget(node: StateNode): void {
    for (const { emitted, snapshot } of this.#outputs.get(node.id)?.values() ?? []) {
      emitted.release();
      snapshot?.release();
    }
    this.#outputs.delete(node.id);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const outputs of this.#outputs.values()) {
      for (const { emitted, snapshot } of outputs.values()) {
        emitted.release();
        snapshot?.release();
      }
    }
    this.#outputs.clear();
    this.moved.forgetBefore(Number.POSITIVE_INFINITY);
    for (const held of this.partitions) held.emitted?.letGo();
    await Promise.all(this.partitions.map(({ log }) => log.close()));
    const { isTemporary, directory } = this.#parts;
    if (isTemporary) await removeTree(directory).catch(() => undefined);
  }
}

/** A state that is made again of what its last batch has emitted, if there was one. */
function restorableFrom(emitted: OwnedBlock | undefined): Restorable {
  emitted?.hold();
  let released = false;
  return {
    restore: { files: [], blocks: [], pairs: emitted?.handle },
    release: () => {
      if (!released) emitted?.letGo();
      released = true;
    },
  };
}

export interface StateTableParts {
  readonly ledger: BlockLedger;
  /** Where the files of states go that are not to outlive the context; undefined for the system's own place. */
  readonly localDirectory: string | undefined;
  /** A partition's files are compacted when so much has been added to them, and as much as they hold. */
  readonly compactAfterBytes: number;
  readonly togetherMs: number;
}

/** The states that are open. */
export class StateTable {
  readonly #parts: StateTableParts;
  readonly #states = new Map<number, HeldState>();
  #temporary: ReturnType<typeof removeAtExit> | undefined;
  /** A directory of this context's own in each that was named. */
  readonly #directories = new Map<string | undefined, Promise<string>>();

  constructor(parts: StateTableParts) {
    this.#parts = parts;
  }

  async open(rule: StateRule, { name, store, directory }: StateSettings): Promise<void> {
    const own = join(await this.#ownDirectory(directory), `${name.replace(/[^\w.-]+/g, "-")}-${rule.id}`);
    try {
      await makeDirectory(own);
    } catch (cause) {
      throw unwritable(own, cause);
    }
    const isTemporary = directory === undefined;
    const { ledger, compactAfterBytes, togetherMs } = this.#parts;
    const parts = { rule, store, directory: own, isTemporary, ledger, compactAfterBytes, togetherMs };
    this.#states.set(rule.id, new HeldState(parts));
  }

  of({ id, site }: StateRule): HeldState {
    const state = this.#states.get(id);
    if (state !== undefined) return state;
    throw new MillraceError("STATE_FORGOTTEN", `the state of ${site} is not there any more`, {
      operator: site.operator,
      site: site.location,
      remedy: "Its StreamingContext has been stopped. Collect what is needed later while it runs.",
    });
  }

  find({ id }: StateRule): HeldState | undefined {
    return this.#states.get(id);
  }

  /** What a batch has emitted in a partition. Throws `STATE_FORGOTTEN`. */
  output(node: StateNode, partition: number): EmittedPartition {
    const output = this.of(node.rule).output(node, partition);
    if (output !== undefined) return output;
    const { site, batchTime } = node;
    throw new MillraceError("STATE_FORGOTTEN", `the batch of ${batchTime} ms of ${site} has been forgotten`, {
      operator: site.operator,
      site: site.location,
      remedy: "Use its RDD while the batch runs, or have it kept longer by StreamingContext.remember().",
    });
  }

  async close({ id }: StateRule): Promise<void> {
    const state = this.#states.get(id);
    this.#states.delete(id);
    await state?.close();
  }

  /** Closes all, and removes what was temporary. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#states.values()].map(({ rule }) => this.close(rule)));
    const directory = await this.#directories.get(undefined)?.catch(() => undefined);
    if (directory === undefined) return;
    await removeTree(directory).catch(() => undefined);
    this.#temporary?.gone();
  }

  #ownDirectory(named: string | undefined): Promise<string> {
    const known = this.#directories.get(named);
    if (known !== undefined) return known;
    const parent = named ?? this.#parts.localDirectory;
    const made = makeTemporaryDirectory("millrace-state-", parent).catch((cause: unknown) => {
      this.#directories.delete(named);
      throw unwritable(parent ?? "the system's directory for temporary files", cause);
    });
    this.#directories.set(named, made);
    if (named === undefined) {
      made.then(
        (path) => {
          this.#temporary = removeAtExit(path);
        },
        () => undefined,
      );
    }
    return made;
  }
}
