/**
 * The plan of a DStream: an immutable tree that says how the RDD of each batch is made from those of its parents. It
 * holds functions and rules, and neither a context nor an RDD; what a run needs is beside it, in the run's own tables.
 */
import type { CallSite } from "../../core/call-site.ts";
import type { Time } from "../../core/time.ts";
import { MillraceError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { PlanNode, UserFunction } from "../../rdd/plan.ts";
import type { RDD } from "../../rdd/rdd.ts";
import type { StateRule } from "../../rdd/state-rule.ts";
import type { InputDStream } from "../input-dstream.ts";

interface StreamBase {
  /** Unique in the process; a parent's is lower than a child's. */
  readonly id: number;
  readonly site: CallSite;
  readonly parents: readonly StreamNode[];
  /** Milliseconds between two RDDs: the batch duration, but for windows and what is made from them. */
  readonly slideMs: number;
}

/** Where batches come from. */
export interface InputNode extends StreamBase {
  readonly type: "input";
  /** The number of the input in its context, from 0, as listeners see it. */
  readonly streamId: number;
  /** The functions of the program that its sources ship; their values are taken when the context starts. */
  readonly functions: readonly UserFunction[];
  /** What its batches come from. It belongs to the run; the plan only refers to it. */
  readonly input: InputDStream<unknown>;
}

/**
 * The same RDD operators applied to every batch: `template` is the RDD's plan with a hole for each parent. It captures
 * no stack and keeps no state, so that a batch costs no more than its plan nodes.
 */
export interface BatchNode extends StreamBase {
  readonly type: "batch";
  /** The functions of the program inside the template; their values are taken when the context starts. */
  readonly functions: readonly UserFunction[];
  template(rdds: readonly PlanNode[]): PlanNode;
  /** When a parent has no RDD in a batch: have none either, or fail with `NO_RDD` (S5). */
  readonly onMissing: "skip" | "fail";
}

/** The RDDs of the last `windowMs`, as one. */
export interface WindowNode extends StreamBase {
  readonly type: "window";
  readonly parents: readonly [StreamNode];
  readonly windowMs: number;
}

/** Whatever a function of the program makes of the parents' RDDs, on the driver, for each batch. */
export interface TransformNode extends StreamBase {
  readonly type: "transform";
  readonly f: TransformFunction;
}

/** What a stateful operator emits for each batch. */
export interface StateStreamNode extends StreamBase {
  readonly type: "state";
  readonly parents: readonly [StreamNode];
  readonly rule: StateRule;
  /** The plan of the pairs that the state begins with. */
  readonly initial: PlanNode | undefined;
  /** Whether there is an RDD in the first batches, too, in which the parent has none. */
  readonly beginsAtOnce: boolean;
  /** Of a state that is a window over batches of the parent: how long the window is. */
  readonly windowMs?: number;
}

/** All keys of a state after each batch. */
export interface SnapshotStreamNode extends StreamBase {
  readonly type: "snapshot";
  readonly parents: readonly [StateStreamNode];
}

export type TransformFunction = (rdds: readonly RDD<unknown>[], time: Time) => RDD<unknown> | Promise<RDD<unknown>>;

export type StreamNode = InputNode | BatchNode | WindowNode | TransformNode | StateStreamNode | SnapshotStreamNode;

/** What is done with each RDD of a stream; it makes no stream. */
export interface OutputNode {
  readonly site: CallSite;
  readonly parent: StreamNode;
  run(rdd: RDD<unknown>, time: Time): unknown;
  readonly life?: OutputLife;
}

/** What some outputs must know of their context. */
export interface OutputLife {
  /** It is ACTIVE: the first batch comes within `batchMs`. */
  started(clock: Clock, batchMs: number): void;
  /** It has been told to stop. Batches may still come; an output must not wait for anybody else now. */
  stopping(): void;
  /** It is STOPPED. */
  ended(): void;
}

let lastId = 0;

/** The id for a new node. */
export function nextStreamId(): number {
  return ++lastId;
}

interface BatchRule {
  readonly functions?: readonly UserFunction[];
  readonly onMissing?: "skip" | "fail";
}

/** A stream whose batches are those of one parent with RDD operators applied. */
export function perBatch(
  parent: StreamNode,
  site: CallSite,
  template: (rdd: PlanNode) => PlanNode,
  { functions = [], onMissing = "skip" }: BatchRule = {},
): BatchNode {
  return {
    type: "batch",
    id: nextStreamId(),
    site,
    parents: [parent],
    slideMs: parent.slideMs,
    functions,
    template: ([rdd]) => template(rdd!),
    onMissing,
  };
}

/** A stream whose batches are made from those of several parents at the same time. */
export function acrossStreams(
  parents: readonly StreamNode[],
  site: CallSite,
  template: (rdds: readonly PlanNode[]) => PlanNode,
): BatchNode {
  const slideMs = commonSlide(parents, site);
  return { type: "batch", id: nextStreamId(), site, parents, slideMs, functions: [], template, onMissing: "fail" };
}

/** The slide duration that all the streams share, as an operator over several needs it. */
export function commonSlide(streams: readonly StreamNode[], site: CallSite): number {
  const [first, ...others] = streams;
  if (first === undefined) {
    throw new MillraceError("INVALID_ARGUMENT", `${site.operator} needs at least one stream`, at(site));
  }
  const different = others.find((stream) => stream.slideMs !== first.slideMs);
  if (different !== undefined) {
    throw new MillraceError(
      "INVALID_ARGUMENT",
      `${site.operator} needs streams with the same slide duration, and these have ${first.slideMs} ms and ${different.slideMs} ms`,
      { ...at(site), remedy: "Give their windows the same slide duration." },
    );
  }
  return first.slideMs;
}

/** Where in the program an error belongs. */
export function at(site: CallSite): { readonly operator: string; readonly site: string } {
  return { operator: site.operator, site: site.location };
}
