import { functionCode } from "./function-code.ts";

export interface DeclaredParameters {
  /** All of them but a rest parameter. */
  readonly count: number;
  readonly hasRest: boolean;
}

/** The parameters that a function declares. (Its `length` ends before the first that has a default.) */
export function declaredParameters(f: (...args: never[]) => unknown): DeclaredParameters {
  try {
    return functionCode(Function.prototype.toString.call(f)).declared;
  } catch {
    // A native function has no text.
    return { count: f.length, hasRest: false };
  }
}
