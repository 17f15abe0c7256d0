/**
 * The cases of `cases.json` that do not apply, each with the reason. All others pass: `conformance.test.ts` holds both to it, so that
 * neither a case that slips nor one that has come within reach goes unseen.
 */

const CHECKPOINTS = "it is about a checkpoint directory, which comes with checkpoints and recovery";
const RECOVERY = "it stops a program and recovers it from its checkpoint, which comes with checkpoints and recovery";
const LOG = "it is about the write-ahead log, which comes with checkpoints and recovery";
const KAFKA = "there is no Kafka source yet";
const LEARNING = "there is no streaming machine learning yet";

export const NOT_DRIVEN: Readonly<Record<string, string>> = {
  C059: `${CHECKPOINTS}: how long a state remembers follows from its checkpoint interval`,
  C068: CHECKPOINTS,
  C069: CHECKPOINTS,
  C071: CHECKPOINTS,
  C072: CHECKPOINTS,
  C095: "it begins with the states that another case has made, s3, and no case of the table does",
  C098: "it begins with the states that another case has made, s6, and no case of the table does",
  C103: RECOVERY,
  C104: RECOVERY,
  C105: RECOVERY,
  C106: RECOVERY,
  C108: RECOVERY,
  C135: "it is about how Spark's pages write a time; ours write ISO dates in the reader's zone, and milliseconds where there are any",
  C136: "it is about the one unit of an axis in Spark's pages; ours write each duration in the unit that suits it",
  C147: KAFKA,
  C149: KAFKA,
  C150: KAFKA,
  C152: KAFKA,
  C154: LOG,
  C155: LOG,
  C163: "it fails to start by a state without a checkpoint directory; here a state needs none",
  C331: LEARNING,
  C332: LEARNING,
  C333: LEARNING,
  C334: LEARNING,
  C335: LEARNING,
};
