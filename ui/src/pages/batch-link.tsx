import { Link } from "../components/link.tsx";
import { When } from "../components/when.tsx";

/** A batch by its time, which leads to its page. */
export function BatchLink({ id, children }: { readonly id: number; readonly children?: string }) {
  return (
    <Link to="streaming/batch" query={{ id }}>
      {children} <When at={id} />
    </Link>
  );
}

interface OfBatchProps {
  readonly batchId: number | undefined;
  readonly outputOpId: number | undefined;
}

/** Which batch and output a streaming job, or a stage of one, belongs to. */
export function OfBatch({ batchId, outputOpId }: OfBatchProps) {
  if (batchId === undefined) return null;
  return (
    <span class="of-batch">
      <BatchLink id={batchId}>Batch</BatchLink>
      {outputOpId !== undefined && <span>Output {outputOpId}</span>}
    </span>
  );
}
