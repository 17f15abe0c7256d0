/** Thrown by a driver for what the public API, or the driver itself, does not have yet. `what` names the operation. */
export class NotYet extends Error {
  readonly what: string;

  constructor(what: string) {
    super(`${what} does not apply yet`);
    this.name = "NotYet";
    this.what = what;
  }
}

/** The `NotYet` that an error is, or that has caused it: a function of `transform` fails inside a batch. */
export function notYetIn(error: unknown): NotYet | undefined {
  return causes(error).find((cause) => cause instanceof NotYet);
}

/** An error, its cause, the cause of that, and so on. */
export function causes(error: unknown): unknown[] {
  const found = [error];
  for (let at = error; at instanceof Error && at.cause !== undefined && found.length < 10; ) {
    at = at.cause;
    found.push(at);
  }
  return found;
}

/** A method of the API by its name. Whether there is one is asked of the API, so that the driver grows as it does. */
export function method(target: object, name: string, owner: string): (...args: readonly unknown[]) => unknown {
  const f = (target as Readonly<Record<string, unknown>>)[name];
  if (typeof f !== "function") throw new NotYet(`${owner}.${name}`);
  return (...args) => f.apply(target, args);
}
