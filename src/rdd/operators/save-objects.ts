import { RecordFileWriter } from "../../serializer/record-file.ts";
import type { RecordOperator } from "../operator.ts";
import { PartFile } from "./part-file.ts";

/** The argument of {@link saveObjects}. */
export interface SaveObjectsRule {
  readonly directory: string;
  /** See `RecordFileFooter.run`. */
  readonly run: string;
}

/** Writes the partition as a file of encoded records in a directory; emits nothing. */
export const saveObjects: RecordOperator = {
  type: "record",
  name: "saveAsObjectFile",
  emits: "epoch",
  helpers: {
    part: ({ directory, run }: SaveObjectsRule, partition: number) => {
      const file = new PartFile(directory, partition);
      return { file, writer: new RecordFileWriter(run, (bytes, records) => file.append(bytes, records)) };
    },
  },
  open: (code) => `${code.helper("part")}(${code.argument}, ${code.partition})`,
  record: (code) => `${code.state}.writer.add(${code.value});`,
  epochEnd: (code) => `${code.state}.writer.finish(); ${code.state}.file.finish();`,
};
