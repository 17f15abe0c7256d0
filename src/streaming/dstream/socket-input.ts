import type { BlockHandle } from "../../core/block.ts";
import type { CallSite } from "../../core/call-site.ts";
import { linesSource } from "../../rdd/sources/received.ts";
import type { InputSource } from "../input-source.ts";
import type { ReceivedBlock } from "../receiver/receiver-info.ts";
import { sourcePlan } from "./rdd-plans.ts";

/** What comes in one block interval is one partition, so that a fast sender does not make a task of each piece; but no more. */
const MOST_PARTITION_BYTES = 8 << 20;

/** Lines of text from a TCP server; a batch has what its receiver got since the batch before, a partition for each interval. */
export function socketInput(host: string, port: number, site: CallSite): InputSource {
  return {
    name: `socket text stream ${host}:${port}`,
    open({ streamId, receivers }) {
      receivers.addSocketStream(streamId, host, port);
      return {
        async plan({ time, received }) {
          const blocks = (await received).get(streamId) ?? [];
          return {
            plan: sourcePlan(linesSource(partitionsOf(blocks)), site),
            numRecords: blocks.reduce((sum, { records }) => sum + records, 0),
            release: () => receivers.releaseBlocks(time, streamId),
          };
        },
      };
    },
  };
}

/** What came in each block interval (S10), in partitions of up to {@link MOST_PARTITION_BYTES}. */
function partitionsOf(blocks: readonly ReceivedBlock[]): BlockHandle[][] {
  const partitions: BlockHandle[][] = [];
  let bytes = 0;
  let last: ReceivedBlock | undefined;
  for (const received of blocks) {
    const { block, interval, generation } = received;
    const continues = interval !== undefined && interval === last?.interval && generation === last.generation;
    if (continues && bytes + block.length <= MOST_PARTITION_BYTES) {
      partitions.at(-1)!.push(block);
      bytes += block.length;
    } else {
      partitions.push([block]);
      bytes = block.length;
    }
    last = received;
  }
  return partitions;
}
