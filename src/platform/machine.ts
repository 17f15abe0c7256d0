/** What the machine has, in one place, so that a simulator can say something else. */
import { availableParallelism, hostname, totalmem, userInfo } from "node:os";

/** How many threads can run at once on this machine. */
export function parallelism(): number {
  return availableParallelism();
}

/** The machine's memory, in bytes. */
export function machineMemory(): number {
  return totalmem();
}

/** The name by which other machines may know this one. */
export function machineName(): string {
  return hostname();
}

/** Who runs the program, or an empty text where the system has no name for them. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "";
  }
}
