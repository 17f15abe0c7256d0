/** Refusals: why a function cannot be shipped, the way from it to the culprit, and what to do about it. */
import { types } from "node:util";
import type { CallSite } from "../core/call-site.ts";
import { describeThrown, isMillraceError, MillraceError } from "../errors.ts";

const USUAL_REMEDY =
  "Capture only the plain data that the function needs, or make the object on the executor: inside mapPartitions or foreachPartition, or with executorLocal(() => ...).";

const SENTENCE = "The function cannot be sent to the executors: ";

/** One step of the way, kept as it is: most are never put into words. */
interface Step {
  readonly label: string;
  readonly key: PropertyKey;
  readonly value: unknown;
}

/** The way from the function to the value now looked at. */
export class Trail {
  readonly #site: CallSite;
  readonly #steps: Step[] = [];

  constructor(site: CallSite) {
    this.#site = site;
  }

  /** A step is left behind when `look` throws: the trail then leads to the culprit. */
  at<T>(label: string, key: PropertyKey, value: unknown, look: () => T): T {
    this.#steps.push({ label, key, value });
    const result = look();
    this.#steps.pop();
    return result;
  }

  /** `why` continues {@link SENTENCE}. */
  refuse(why: string, remedy: string = USUAL_REMEDY): never {
    throw new MillraceError("UNSHIPPABLE_CLOSURE", `${SENTENCE}${why}${this.#wayThere()}`, {
      remedy,
      ...this.#place(),
    });
  }

  /** Refuses because a value's own `millrace.ship` method threw `reason`. */
  refuseAs(reason: unknown): never {
    if (isMillraceError(reason, "CONTEXT_IN_CLOSURE") || isMillraceError(reason, "BROADCAST_DESTROYED")) {
      const { code, what, remedy } = reason;
      throw new MillraceError(code, `${what}${this.#wayThere()}`, { remedy, ...this.#place() });
    }
    const why = isMillraceError(reason) ? reason.what : describeThrown(reason);
    throw new MillraceError("UNSHIPPABLE_CLOSURE", `${SENTENCE}${why}${this.#wayThere()}`, {
      remedy: (isMillraceError(reason) && reason.remedy) || USUAL_REMEDY,
      cause: reason,
      ...this.#place(),
    });
  }

  #place() {
    return { operator: this.#site.operator, site: this.#site.location || undefined };
  }

  #wayThere(): string {
    return this.#steps.length ? `, at ${this.#steps.map(inWords).join(" -> ")}` : "";
  }
}

function inWords({ label, key, value }: Step): string {
  if (label === "function") return `function ${String(key)}`;
  const name = key === "" ? "" : typeof key === "symbol" ? ` [${String(key)}]` : ` '${String(key)}'`;
  return `${label}${name}${kindOf(value)}`;
}

function kindOf(value: unknown): string {
  if (typeof value === "function")
    return ` (${/^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function"} ${nameOf(value) || "<anonymous>"})`;
  if (typeof value !== "object" || value === null) return "";
  return ` (${classNameOf(value)})`;
}

/** The name of an object's class, found without running any code of the object's. */
export function classNameOf(object: object): string {
  if (types.isProxy(object)) return "Proxy";
  for (let at: object | null = object; at && !types.isProxy(at); at = Object.getPrototypeOf(at)) {
    const made: unknown = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof made === "function" && made.prototype === at && nameOf(made)) return nameOf(made);
  }
  return "Object";
}

/** A function's own `name`, if that is what it seems. */
export function nameOf(f: Function): string {
  const name: unknown = Object.getOwnPropertyDescriptor(f, "name")?.value;
  return typeof name === "string" ? name : "";
}
