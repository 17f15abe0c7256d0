import { MillraceError } from "../errors.ts";

/** How many bytes these are in all. */
export function totalLength(pieces: readonly { readonly length: number }[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

const UNITS: Record<string, number> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A size as Spark writes it, `64m` or `1g`, in bytes; a bare number is bytes. */
export function parseBytes(text: string): number {
  const match = /^\s*(\d+)\s*([bkmgt]?)b?\s*$/i.exec(text);
  if (!match) {
    throw new MillraceError("INVALID_ARGUMENT", `"${text}" is not a size`, {
      remedy: "Write it as 65536, 64k, 64m or 1g.",
    });
  }
  return Number(match[1]) * UNITS[(match[2] || "b").toLowerCase()]!;
}
