import { classWithIdentity, identityOf } from "../../closure/identity.ts";
import { MillraceError } from "../../errors.ts";
import { lazyModule } from "../../platform/own-modules.ts";
import { systemRandom } from "../../platform/random.ts";
import { type RecordFileFooter, readFooter } from "../../serializer/record-file.ts";
import type { RecordChunks } from "../record-chunks.ts";
import type { RddSource } from "../source.ts";

const readers = lazyModule<typeof import("../readers/object-records.ts")>(
  import.meta.url,
  "../readers/object-records.ts",
);

/** A file of encoded records. */
export interface ObjectFile {
  readonly path: string;
  /** Where its batches end. */
  readonly end: number;
  /** The numbers of classes in the file, each with the driver's number for that class. */
  readonly classes: readonly (readonly [inFile: number, here: number])[];
}

/** This process, among those that may ever read what it writes. */
export const THIS_RUN = systemRandom.next().toString(36).slice(2);

/** The records of the files that a path stands for, as `saveAsObjectFile` has written them: a partition for each file. */
export function objectFileSource<T>(path: string, classes: readonly Function[]): RddSource<T, ObjectFile> {
  return {
    async partitions({ filesystem }) {
      const files = await filesystem.files(path);
      return Promise.all(
        files.map(async ({ path, size }) => {
          const footer = await readFooter(path, size, (position, length) => filesystem.read(path, position, length));
          return { path, end: footer.end, classes: numbersHere(path, footer, classes) };
        }),
      );
    },
    compute: objectsOf as (file: ObjectFile) => RecordChunks<T>,
  };
}

export function objectsOf(file: ObjectFile): RecordChunks<unknown> {
  return new (readers().ObjectRecords)(file);
}

/** For each number of a class in the file, the number that the class has in this process. */
function numbersHere(
  path: string,
  { run, classes }: RecordFileFooter,
  given: readonly Function[],
): (readonly [number, number])[] {
  return classes.map(({ number, name }) => {
    const own = run === THIS_RUN ? classWithIdentity(number) : undefined;
    const owner = own ?? given.find((one) => one.name === name);
    if (owner !== undefined) return [number, identityOf(owner)];
    throw new MillraceError(
      "UNKNOWN_CLASS",
      `${path} holds instances of a class ${name}, which this program has not named`,
      {
        remedy: `Say which class that is: objectFile(path, { classes: [${name || "TheClass"}] }).`,
      },
    );
  });
}
