/** Cases of which received blocks a batch is allocated. */
import { ReceivedBlockTracker } from "../../../src/streaming/receiver/received-block-tracker.ts";
import type { ReceivedBlock } from "../../../src/streaming/receiver/receiver-info.ts";
import { check } from "../compare.ts";
import { NotYet } from "../not-yet.ts";
import { checkFields, Parameters } from "../parameters.ts";
import type { Case } from "../table.ts";

type Step = Readonly<Record<string, unknown>>;
const STREAM = 0;

export async function blockTracker(item: Case): Promise<void> {
  checkFields(item, ["steps"]);
  const parameters = new Parameters(item.parameters);
  if (parameters.take("wal") === true) throw new NotYet(`${item.kind}: ${item.operation} with a write-ahead log`);
  parameters.checkAllTaken(item.operation);
  const tracker = new ReceivedBlockTracker();
  tracker.addStream(STREAM);
  const names = new Map<ReceivedBlock, string>();
  const named = (blocks: readonly ReceivedBlock[]) => blocks.map((block) => names.get(block)!);
  for (const step of item.steps as readonly Step[]) {
    if (Array.isArray(step.add)) {
      for (const name of step.add as readonly string[]) {
        const block = {} as ReceivedBlock;
        names.set(block, name);
        tracker.add(STREAM, block);
      }
    } else if (typeof step.allocate === "number" && step.expectError === undefined) tracker.allocate(step.allocate);
    else if (typeof step.q === "string") {
      check(step.expect, answer(step.q, tracker, named), { mode: "ordered" }, step.q);
    } else if (typeof (step.cleanUp ?? step.forget) === "number") {
      tracker.forget((step.cleanUp ?? step.forget) as number, STREAM);
    } else throw new NotYet(`${item.operation} with the step ${JSON.stringify(step)}`);
  }
}

function answer(
  query: string,
  tracker: ReceivedBlockTracker,
  named: (blocks: readonly ReceivedBlock[]) => string[],
): unknown {
  const batch = /^batch\((\d+)\)$/.exec(query)?.[1];
  if (batch !== undefined) return named(tracker.blocksOf(Number(batch), STREAM));
  const unallocated = named(tracker.unallocated(STREAM));
  if (query === "unallocated") return unallocated;
  if (/^has\w*unallocated/i.test(query)) return unallocated.length > 0;
  throw new NotYet(`asking a block tracker for ${query}`);
}
