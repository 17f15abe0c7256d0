import { describeThrown, isMillraceError, MillraceError } from "../../errors.ts";
import type { RecordColumns } from "../../serializer/column-reader.ts";
import { RecordReader, surveySection } from "../../serializer/record-batch.ts";
import type { Chunk } from "../record-chunks.ts";
import { EncodedRecords } from "./encoded-records.ts";

/** Records that a receiver has stored. They may have been encoded by others: bytes that are none fail with `UNDECODABLE_BLOCK`. */
export class ReceivedRecords extends EncodedRecords {
  override nextSync(): Chunk | undefined {
    return decoded(() => super.nextSync());
  }

  override nextColumns(): RecordColumns | Chunk | undefined {
    return decoded(() => super.nextColumns());
  }
}

/** The same of blocks that nobody has looked at, and that another process may have made: they hold plain data only. */
export class RawRecords extends ReceivedRecords {
  protected override reader(section: Uint8Array): RecordReader {
    // What such bytes say of their own lengths must hold before they are read by it.
    if (surveySection(section) === undefined) throw undecodable("their lengths do not fit together");
    return new RecordReader(section, () => undefined);
  }
}

function decoded<R>(read: () => R): R {
  try {
    return read();
  } catch (thrown) {
    const known = isMillraceError(thrown) && thrown.code !== "INTERNAL";
    throw known ? thrown : undecodable(describeThrown(thrown), thrown);
  }
}

function undecodable(why: string, cause?: unknown): MillraceError {
  return new MillraceError("UNDECODABLE_BLOCK", `a received block has bytes that are no encoded records: ${why}`, {
    cause,
    remedy: "Encode the records by serializeRecords(), or, for rawSocketStream, by encodeRawBlock().",
  });
}
