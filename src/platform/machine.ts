/** What the machine has, in one place, so that a simulator can say something else. */
import { availableParallelism, totalmem } from "node:os";

/** How many threads can run at once on this machine. */
export function parallelism(): number {
  return availableParallelism();
}

/** The machine's memory, in bytes. */
export function machineMemory(): number {
  return totalmem();
}
