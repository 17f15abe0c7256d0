/** The refusal of the things that only the driver has, in the words by which people look it up. */
import { MillraceError } from "../errors.ts";

interface Refusal {
  readonly what: string;
  readonly remedy: string;
}

const MORE = "For more information, see SPARK-5063";

const CONTEXT_REMEDY =
  "Take what the function needs out of the context before, as plain values or as broadcast variables: const table = sc.broadcast(data), and table.value in the function";

function contextRefusal(className: string): Refusal {
  return {
    what:
      `It appears that you are attempting to reference ${className} from a broadcast variable, action, or ` +
      `transformation. ${className} can only be used on the driver, not in code that it runs on workers. ${MORE}`,
    remedy: `${CONTEXT_REMEDY}.`,
  };
}

function datasetRefusal(className: string): Refusal {
  const isStream = className.includes("DStream");
  const one = isStream ? "stream" : "rdd";
  return {
    what:
      `${className} transformations and actions can only be invoked by the driver, not inside of other ` +
      `transformations; for example, ${one}1.map((x) => ${one}2.values().count() * x) is invalid because the values ` +
      `transformation and count action cannot be performed inside of the ${one}1.map transformation. ${MORE}`,
    remedy: isStream
      ? `Join the two streams instead, or combine their RDDs with transformWith.`
      : `Join the two RDDs instead, or collect the smaller one first and capture the result, by sc.broadcast(await rdd.collect()) if it is large.`,
  };
}

/**
 * Refuses to be shipped: for the `Symbol.for("millrace.ship")` method of contexts, RDDs and DStreams.
 *
 * @throws {MillraceError} CONTEXT_IN_CLOSURE, always; the capture adds the path to the culprit and the operator
 */
export function driverOnly(className: string): never {
  const { what, remedy } = className.endsWith("Context") ? contextRefusal(className) : datasetRefusal(className);
  throw new MillraceError("CONTEXT_IN_CLOSURE", what, { remedy });
}
