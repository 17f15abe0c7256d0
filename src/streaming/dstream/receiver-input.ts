import type { CallSite } from "../../core/call-site.ts";
import { receivedSource } from "../../rdd/sources/received.ts";
import type { InputSource } from "../input-source.ts";
import type { Receiver } from "../receiver/receiver.ts";
import { DriverReceiver } from "../receiver/shipped-receiver.ts";
import { sourcePlan } from "./rdd-plans.ts";

/** What a receiver of the program's stores; a batch has what came since the batch before, one partition a block. */
export function receiverInput(receiver: Receiver<never>, ownThread: boolean, site: CallSite): InputSource {
  const driver = new DriverReceiver(receiver, site);
  return {
    name: `receiver stream ${receiver.constructor.name}`,
    open({ streamId, receivers }) {
      receivers.addReceiver(streamId, driver, { ownThread });
      return {
        async plan({ time, received }) {
          const blocks = (await received).get(streamId) ?? [];
          const metadata = blocks.map((block) => block.metadata).filter((one) => one !== undefined);
          return {
            plan: sourcePlan(receivedSource(blocks.map(({ block }) => block)), site),
            numRecords: blocks.reduce((sum, { records }) => sum + records, 0),
            ...(metadata.length > 0 && { metadata: { blocks: metadata } }),
            release: () => receivers.releaseBlocks(time, streamId),
          };
        },
      };
    },
  };
}
