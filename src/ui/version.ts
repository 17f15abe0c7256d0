import { fileURLToPath } from "node:url";
import { readTextIfThere } from "../platform/files.ts";

/** The version of Spark whose REST API this is. */
export const SPARK_VERSION = "4.0.0";

let version: string | undefined;

/** millrace's own, as its package.json says it. */
export function millraceVersion(): string {
  if (version === undefined) {
    const manifest = readTextIfThere(fileURLToPath(new URL("../../package.json", import.meta.url))) ?? "{}";
    version = String((JSON.parse(manifest) as { readonly version?: unknown }).version ?? "unknown");
  }
  return version;
}
