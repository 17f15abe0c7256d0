/** What Node's permission model (`node --permission`) keeps from a program unless it is allowed by a flag. */
import { MillraceError } from "../errors.ts";

const FLAGS = {
  inspector:
    "Start Node with --allow-inspector, which Node 24.12 and 25.0 brought, and for threads, local[N], with --allow-worker; older ones must run without --permission",
  worker:
    'Start Node with --allow-worker, which every supported Node has, or use master "local"; functions are looked at through the inspector, which needs --allow-inspector (Node 24.12, 25.0)',
} as const;

const NEEDS = {
  inspector: "what a function captures is read through the inspector, which Node's permission model forbids here",
  worker: "executors are threads, which Node's permission model forbids here",
} as const;

/** Does what Node may forbid; what else goes wrong stays as it is. */
export function allowed<R>(what: keyof typeof FLAGS, work: () => R): R {
  try {
    return work();
  } catch (cause) {
    if ((cause as { code?: unknown } | null)?.code !== "ERR_ACCESS_DENIED") throw cause;
    throw new MillraceError("PERMISSION_DENIED", NEEDS[what], {
      remedy: `${FLAGS[what]}. This is Node ${process.versions.node}.`,
      cause,
    });
  }
}
