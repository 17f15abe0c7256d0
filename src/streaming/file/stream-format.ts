import type { CallSite } from "../../core/call-site.ts";
import { MillraceError } from "../../errors.ts";
import { lazyModule } from "../../platform/own-modules.ts";
import { userFunction } from "../../rdd/rdd-base.ts";
import { checkedLength } from "../../rdd/rdd-inputs.ts";
import type { FileFormat } from "../../rdd/sources/file-format.ts";
import { textFormat } from "../../rdd/sources/text-file.ts";
import type { FileReader } from "../../rdd/sources/whole-files.ts";

const fixedLength = lazyModule<typeof import("../../rdd/sources/fixed-length.ts")>(
  import.meta.url,
  "../../rdd/sources/fixed-length.ts",
);
const wholeFiles = lazyModule<typeof import("../../rdd/sources/whole-files.ts")>(
  import.meta.url,
  "../../rdd/sources/whole-files.ts",
);

/**
 * How a file becomes records: `"text"`, lines, is the default; `"wholeText"`, its path and text; `"wholeBinary"`, its path and bytes; or records
 * of `recordLength` bytes each.
 */
export type NamedFormat = "text" | "wholeText" | "wholeBinary" | { readonly recordLength: number };

/** The records of a {@link NamedFormat}. */
export type RecordsOf<F extends NamedFormat> = F extends "wholeText"
  ? [path: string, text: string]
  : F extends "wholeBinary"
    ? [path: string, bytes: Uint8Array]
    : F extends "text"
      ? string
      : Uint8Array;

/** The format that a program asks for, and the functions of the program in it. Throws `INVALID_ARGUMENT`. */
export function streamFormat(
  format: NamedFormat | FileReader<unknown>,
  site: CallSite,
): { readonly format: FileFormat<unknown, unknown>; readonly ships: boolean } {
  if (typeof format === "function") {
    userFunction(format, site);
    return { format: wholeFiles().readerFormat(format), ships: true };
  }
  return { format: namedFormat(format, site), ships: false };
}

function namedFormat(format: NamedFormat, site: CallSite): FileFormat<unknown, unknown> {
  if (format === "text") return textFormat;
  if (format === "wholeText") return wholeFiles().wholeTextFormat;
  if (format === "wholeBinary") return wholeFiles().wholeBinaryFormat;
  if (typeof format === "object" && format !== null) {
    return fixedLength().fixedLengthFormat(checkedLength(format.recordLength, site));
  }
  throw new MillraceError("INVALID_ARGUMENT", `there is no format ${String(format)}`, {
    operator: site.operator,
    site: site.location,
    remedy: 'Use "text", "wholeText", "wholeBinary", { recordLength: n }, or a function from a file to its records.',
  });
}
