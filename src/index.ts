/**
 * millrace: Apache Spark Streaming for TypeScript. The public surface, and nothing else.
 *
 * @module
 */
import "./ui/attach.ts";

export {
  Duration,
  type DurationLike,
  type DurationText,
  type DurationUnit,
  Milliseconds,
  Minutes,
  Seconds,
} from "./core/duration.ts";
export { KeyedMap } from "./core/keyed-map.ts";
export type { Comparator } from "./core/ordering.ts";
export { type Moments, StatCounter } from "./core/stat-counter.ts";
export { Time } from "./core/time.ts";
export { ERROR_CODES, type ErrorCode, isMillraceError, MillraceError } from "./errors.ts";
export type { FileInfo, FileLookup } from "./filesystem/filesystem.ts";
export type { LogLevel } from "./platform/log.ts";
export type { Accumulator, CollectionAccumulator, NumberAccumulator } from "./rdd/accumulator.ts";
export type { CombineOptions } from "./rdd/aggregation.ts";
export type { Broadcast } from "./rdd/broadcast.ts";
export type { ActionOptions } from "./rdd/driver-side.ts";
export { type ExecutorLocal, executorLocal } from "./rdd/executor-local.ts";
export type { MapAsyncOptions } from "./rdd/operators/map-async.ts";
export { HashPartitioner, type Partitioner, type Partitions } from "./rdd/partitioner.ts";
export { RDD } from "./rdd/rdd.ts";
export type { ObjectFileOptions } from "./rdd/rdd-inputs.ts";
export type { InputFile } from "./rdd/readers/input-file.ts";
export type { NumberRange, RecordChunks } from "./rdd/record-chunks.ts";
export type { Shape } from "./rdd/shape.ts";
export type { RddSource, SourcePlanning, SourceRecords } from "./rdd/source.ts";
export type { FileReader } from "./rdd/sources/whole-files.ts";
export type {
  BlockUpdated,
  ExecutorAdded,
  ExecutorRemoved,
  JobEnd,
  JobPlanned,
  JobStart,
  RddUnpersisted,
  SparkListener,
  StageInfo,
  TaskEnd,
  TaskInfo,
} from "./rdd/spark-listener.ts";
export { StorageLevel } from "./rdd/storage-level.ts";
export { type RunningTask, TaskContext } from "./rdd/task-context.ts";
export type { TaskMetrics } from "./rdd/task-metrics.ts";
export type { PartitionRecords, Records } from "./rdd/transformations.ts";
export { type Codec, codec } from "./serializer/codec.ts";
export { encodeRawBlock } from "./serializer/raw-block.ts";
export { deserializeRecords, serializeRecords } from "./serializer/section.ts";
export { SparkConf } from "./spark-conf.ts";
export { SparkContext, type SparkContextOptions } from "./spark-context.ts";
export { DStream } from "./streaming/dstream.ts";
export type { KeyUpdate } from "./streaming/dstream-state.ts";
export type { RddResult, RddsOf, RecordOf } from "./streaming/dstream-transformations.ts";
export type { NamedFormat, RecordsOf } from "./streaming/file/stream-format.ts";
export { type InputBatch, type InputContext, InputDStream, type ReceivedBatches } from "./streaming/input-dstream.ts";
export { PIDRateEstimator, type PIDRateEstimatorOptions } from "./streaming/rate/pid-rate-estimator.ts";
export { type CompletedBatch, RateController } from "./streaming/rate/rate-controller.ts";
export type { RateEstimator } from "./streaming/rate/rate-estimator.ts";
export type { Framing } from "./streaming/receiver/framed-socket-receiver.ts";
export { Receiver, type ReceiverStreamOptions, type SingleItem } from "./streaming/receiver/receiver.ts";
export type { ReceiverInfo } from "./streaming/receiver/receiver-info.ts";
export { ReceiverInputDStream } from "./streaming/receiver-input-dstream.ts";
export { type DelayDistribution, StatsReportListener } from "./streaming/scheduler/stats-report-listener.ts";
export type {
  BatchInfo,
  OutputOperationInfo,
  StreamInputInfo,
  StreamingListener,
} from "./streaming/scheduler/streaming-listener.ts";
export { MapWithStateDStream } from "./streaming/state/map-with-state-dstream.ts";
export type { State } from "./streaming/state/state.ts";
export { StateSpec } from "./streaming/state/state-spec.ts";
export type { StreamBatch, StreamBatches, ToBatchesOptions } from "./streaming/stream-batches.ts";
export {
  type StopOptions,
  StreamingContext,
  type StreamingContextOptions,
  type StreamingContextState,
  type StreamingSettings,
} from "./streaming/streaming-context.ts";
export type { FileStreamOptions } from "./streaming/streaming-inputs.ts";
export type { TextSink } from "./streaming/text-sink.ts";
