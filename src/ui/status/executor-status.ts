/** Executors and the partitions of persisted RDDs, which lie in their memory, or in files. */
import type { BlockUpdated, ExecutorAdded, ExecutorRemoved, TaskEnd } from "../../rdd/spark-listener.ts";
import { type Revisions, type Row, StatusTable } from "./table.ts";

export interface ExecutorRow extends Row {
  readonly added: ExecutorAdded;
  removed: ExecutorRemoved | undefined;
  rddBlocks: number;
  memoryUsed: number;
  diskUsed: number;
  activeTasks: number;
  failedTasks: number;
  completedTasks: number;
  runMs: number;
  inputBytes: number;
  shuffleReadBytes: number;
  shuffleWriteBytes: number;
}

export interface RddRow extends Row {
  /** What the last of its blocks said of the RDD. */
  latest: BlockUpdated;
  memoryUsed: number;
  diskUsed: number;
  readonly partitions: Map<number, BlockUpdated>;
}

export class ExecutorStatus {
  readonly executors: StatusTable<string, ExecutorRow>;
  readonly rdds: StatusTable<number, RddRow>;
  readonly #retainedDead: number;
  #dead = 0;

  constructor(revisions: Revisions, retainedDead: number) {
    this.executors = new StatusTable(revisions);
    this.rdds = new StatusTable(revisions);
    this.#retainedDead = retainedDead;
  }

  executorAdded(added: ExecutorAdded): void {
    this.executors.add(added.executorId, {
      added,
      removed: undefined,
      rddBlocks: 0,
      memoryUsed: 0,
      diskUsed: 0,
      activeTasks: 0,
      failedTasks: 0,
      completedTasks: 0,
      runMs: 0,
      inputBytes: 0,
      shuffleReadBytes: 0,
      shuffleWriteBytes: 0,
    });
  }

  executorRemoved(removed: ExecutorRemoved): void {
    const executor = this.executors.get(removed.executorId);
    if (executor === undefined) return;
    executor.removed = removed;
    this.executors.touch(executor);
    this.#dead++;
    const alive = this.executors.size - this.#dead;
    this.executors.trim(
      alive + this.#retainedDead,
      (row) => row.removed !== undefined,
      () => this.#dead--,
    );
  }

  taskStarted(executorId: string): void {
    const executor = this.executors.get(executorId);
    if (executor === undefined) return;
    executor.activeTasks++;
    this.executors.touch(executor);
  }

  taskEnded({ executorId, failureReason, runMs, metrics }: TaskEnd): void {
    const executor = this.executors.get(executorId);
    if (executor === undefined) return;
    executor.activeTasks--;
    if (failureReason === undefined) executor.completedTasks++;
    else executor.failedTasks++;
    executor.runMs += runMs;
    if (metrics !== undefined) {
      executor.inputBytes += metrics.inputBytes;
      executor.shuffleReadBytes += metrics.shuffleReadBytes;
      executor.shuffleWriteBytes += metrics.shuffleWriteBytes;
    }
    this.executors.touch(executor);
  }

  blockUpdated(block: BlockUpdated): void {
    const rdd =
      this.rdds.get(block.rddId) ??
      this.rdds.add(block.rddId, {
        latest: block,
        memoryUsed: 0,
        diskUsed: 0,
        partitions: new Map<number, BlockUpdated>(),
      });
    rdd.latest = block;
    const before = rdd.partitions.get(block.partition);
    if (before !== undefined) this.#dropBlock(rdd, before);
    rdd.partitions.set(block.partition, block);
    rdd.memoryUsed += block.memSize;
    rdd.diskUsed += block.diskSize;
    this.rdds.touch(rdd);
    this.#countBlock(block, 1);
  }

  unpersisted(rddId: number): void {
    const rdd = this.rdds.get(rddId);
    if (rdd === undefined) return;
    for (const block of rdd.partitions.values()) this.#countBlock(block, -1);
    this.rdds.remove(rddId);
  }

  #dropBlock(rdd: RddRow, block: BlockUpdated): void {
    rdd.memoryUsed -= block.memSize;
    rdd.diskUsed -= block.diskSize;
    this.#countBlock(block, -1);
  }

  #countBlock({ executorId, memSize, diskSize }: BlockUpdated, by: 1 | -1): void {
    const executor = this.executors.get(executorId);
    if (executor === undefined) return;
    executor.rddBlocks += by;
    executor.memoryUsed += by * memSize;
    executor.diskUsed += by * diskSize;
    this.executors.touch(executor);
  }
}
