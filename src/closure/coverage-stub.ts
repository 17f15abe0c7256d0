/** Istanbul's counters, which closures of instrumented code call at every turn, and which executors have no use for. */

/** Whether a captured variable is what instrumented code calls for its module's counters: a function that Istanbul added. */
export function isCoverageCounter(name: string, value: unknown): boolean {
  return (
    name.startsWith("cov_") &&
    typeof value === "function" &&
    /\bactualCoverage\b/.test(Function.prototype.toString.call(value))
  );
}

/** Takes every count and keeps none. */
const counters: Record<PropertyKey, number> = new Proxy({}, { get: () => 0, set: () => true });
const branches: Record<PropertyKey, typeof counters> = new Proxy({}, { get: () => counters });
const nothing = { f: counters, s: counters, b: branches, bT: branches };

/** Stands in for it on executors. */
export function coverageStub(): typeof nothing {
  return nothing;
}
