/** Finds the bounds of a range partitioner: a job that samples keys, and one more where some partitions are much larger. */
import type { CallSite } from "../../core/call-site.ts";
import { placed } from "../../rdd/driver-side.ts";
import type { KeySample } from "../../rdd/operators/sample-keys.ts";
import { narrow, type PlanNode } from "../../rdd/plan.ts";
import { RangePartitioner, type RangeRule, rangeBounds, type WeighedKey } from "../../rdd/range-partitioner.ts";
import type { PlanningJob } from "./planner.ts";

/** Keys looked at for each range, and at most in all (as in Spark). */
const KEYS_PER_RANGE = 20;
const MOST_KEYS = 1_000_000;
/** So much more is taken of each partition, because partitions are not all of one size. */
const SPARE = 3;

/** `parentPartitions` is how many the sampled node has, and how many ranges there are where the rule does not say. */
export async function rangePartitioner(
  { numPartitions, ascending, comparator }: RangeRule,
  parent: PlanNode,
  parentPartitions: number,
  site: CallSite,
  runJob: PlanningJob,
): Promise<RangePartitioner> {
  const ranges = numPartitions ?? parentPartitions;
  if (ranges <= 1 || parentPartitions === 0) return new RangePartitioner([], { ascending, comparator });
  const wanted = Math.min(KEYS_PER_RANGE * ranges, MOST_KEYS);
  const perPartition = Math.ceil((SPARE * wanted) / parentPartitions);
  const sampleOf = async (size: number, partitions?: readonly number[]) => {
    const results = await runJob(narrow(parent, "sampleKeys", [], site, { argument: size }), partitions);
    return results.map(([sample]) => sample as KeySample);
  };
  const samples = await sampleOf(perPartition);
  const total = samples.reduce((sum, sample) => sum + sample.total, 0);
  const fairShare = (sample: KeySample) => Math.ceil((wanted / total) * sample.total);
  const larger = samples.flatMap((sample, i) => (fairShare(sample) > perPartition ? [i] : []));
  if (larger.length > 0) {
    const again = await sampleOf(Math.max(...larger.map((i) => fairShare(samples[i]!))), larger);
    for (const [i, partition] of larger.entries()) samples[partition] = again[i]!;
  }
  const weighed = samples.flatMap(({ total, keys }) =>
    keys.map((key): WeighedKey => ({ key, weight: total / keys.length })),
  );
  const bounds = placed(site, () => rangeBounds(weighed, ranges, comparator));
  return new RangePartitioner(bounds, { ascending, comparator });
}
