/**
 * Evaluates an expression where a function is, without running the function.
 *
 * `[[Scopes]]` leaves two things out: the `this` that an arrow function sees, and whether two functions share one
 * variable or have one each. A debugger can ask both: it sets a breakpoint on the function's entry whose condition
 * evaluates the expression and then ends the execution, so neither default parameters nor the body run, and nothing
 * pauses.
 */
import { ask, callFromInspector, enableDebugger, handleOf } from "./inspector-session.ts";

/** The condition reaches us through this symbol on globalThis, for it runs in the user's realm and scope. */
const PROBE = Symbol.for("millrace.closure.probe");

interface Probe {
  /** What the expression may use as `$.given` and leave in `$.kept`. */
  given: unknown;
  kept: unknown;
  found: unknown;
  reached: boolean;
  stop(): void;
}

export type Evaluation =
  | { readonly ok: true; readonly value: unknown; readonly kept: unknown }
  | { readonly ok: false };

/** `expression` sees the scope of `f`, and `$.given`; what it assigns to `$.kept` comes back. */
export function evaluateInScope(f: Function, expression: string, given?: unknown): Evaluation {
  enableDebugger();
  const probe: Probe = {
    given,
    kept: undefined,
    found: undefined,
    reached: false,
    stop: () => ask("Runtime.terminateExecution", {}),
  };
  const condition = `(($) => {
    try { $.found = (${expression}); $.reached = true; } catch {}
    $.stop();
    return false;
  })(globalThis[Symbol.for("millrace.closure.probe")])`;
  const { breakpointId } = ask("Debugger.setBreakpointOnFunctionCall", { objectId: handleOf(f), condition });
  Object.defineProperty(globalThis, PROBE, { value: probe, configurable: true });
  try {
    callFromInspector(f);
  } finally {
    ask("Debugger.removeBreakpoint", { breakpointId });
    Reflect.deleteProperty(globalThis, PROBE);
  }
  return probe.reached ? { ok: true, value: probe.found, kept: probe.kept } : { ok: false };
}
