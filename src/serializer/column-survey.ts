import {
  BOOLEANS,
  COLUMN_HEADER_BYTES,
  DEEPEST_COLUMN,
  DOUBLES,
  INTEGERS,
  LISTS,
  OBJECTS,
  OPTIONAL,
  PRESENT,
  padded,
  STRINGS,
  TUPLES,
  UNDEFINED,
} from "./columns.ts";

/**
 * Where the column of `n` values that begins at `offset` ends, or undefined where there is none that could be read. Whatever
 * the bytes are, what is read of them is no larger than they are: every value takes at least one of them.
 */
export function surveyColumn(bytes: DataView, offset: number, n: number, depth = 0): number | undefined {
  if (depth > DEEPEST_COLUMN || offset + COLUMN_HEADER_BYTES > bytes.byteLength) return undefined;
  const kind = bytes.getUint32(offset, true);
  const extra = bytes.getUint32(offset + 4, true);
  const body = offset + COLUMN_HEADER_BYTES;
  const within = (end: number) => (end <= bytes.byteLength ? end : undefined);
  switch (kind) {
    case INTEGERS:
      return within(body + padded(4 * n));
    case DOUBLES:
      return within(body + 8 * n);
    case BOOLEANS:
      return within(body + padded(n));
    case STRINGS: {
      const text = within(body + padded(4 * n));
      return text && surveyEnds(bytes, body, n) === undefined ? undefined : text && within(text + padded(extra));
    }
    case TUPLES:
      return surveyColumns(bytes, body, extra, n, depth);
    case OBJECTS: {
      const fields = surveyColumn(bytes, body, extra, depth + 1);
      return fields && surveyColumns(bytes, fields, extra, n, depth);
    }
    case LISTS: {
      const items = within(body + padded(4 * n));
      const count = items && surveyEnds(bytes, body, n);
      return count === undefined ? undefined : surveyColumn(bytes, items!, count, depth + 1);
    }
    case OPTIONAL: {
      const rest = within(body + padded(n));
      return rest && countPresent(bytes, body, n) === extra ? surveyColumn(bytes, rest, extra, depth + 1) : undefined;
    }
    default:
      return undefined;
  }
}

function surveyColumns(bytes: DataView, offset: number, count: number, n: number, depth: number): number | undefined {
  let end: number | undefined = count > 0 ? offset : undefined;
  for (let i = 0; i < count && end !== undefined; i++) end = surveyColumn(bytes, end, n, depth + 1);
  return end;
}

/** The last of `n` ends, 0 of none, or undefined where they do not ascend. */
function surveyEnds(bytes: DataView, offset: number, n: number): number | undefined {
  let last = 0;
  for (let i = 0; i < n; i++) {
    const end = bytes.getUint32(offset + 4 * i, true);
    if (end < last) return undefined;
    last = end;
  }
  return last;
}

function countPresent(bytes: DataView, offset: number, n: number): number | undefined {
  let present = 0;
  for (let i = 0; i < n; i++) {
    const kind = bytes.getUint8(offset + i);
    if (kind > UNDEFINED) return undefined;
    if (kind === PRESENT) present++;
  }
  return present;
}
