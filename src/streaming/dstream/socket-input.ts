import type { CallSite } from "../../core/call-site.ts";
import { linesSource } from "../../rdd/sources/received.ts";
import type { InputSource } from "../input-source.ts";
import { sourcePlan } from "./rdd-plans.ts";

/** Lines of text from a TCP server; a batch has what its receiver got since the batch before, one partition a block. */
export function socketInput(host: string, port: number, site: CallSite): InputSource {
  return {
    name: `socket text stream ${host}:${port}`,
    open({ streamId, receivers }) {
      receivers.addSocketStream(streamId, host, port);
      return {
        async plan({ time, received }) {
          const blocks = (await received).get(streamId) ?? [];
          return {
            plan: sourcePlan(linesSource(blocks.map(({ block }) => block)), site),
            numRecords: blocks.reduce((sum, { records }) => sum + records, 0),
            release: () => receivers.releaseBlocks(time, streamId),
          };
        },
      };
    },
  };
}
