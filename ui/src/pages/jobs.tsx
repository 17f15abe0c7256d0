import type { JobData } from "../../../src/ui/api.ts";
import { DataTable } from "../components/data-table.tsx";
import { Section } from "../components/section.tsx";
import { count } from "../format.ts";
import { store } from "../live/store.ts";
import { JOB_COLUMNS } from "./job-columns.tsx";
import { Page } from "./page.tsx";

/** The Jobs tab. */
export function JobsPage() {
  const jobs = store.jobs.list.value;
  if (jobs === undefined) return <Page title="Jobs" waiting />;
  const { active, succeeded, failed } = store.jobTotals.value;
  const having = (...statuses: readonly JobData["status"][]) => jobs.filter(({ status }) => statuses.includes(status));
  return (
    <Page title="Jobs">
      <Jobs id="active" title="Active jobs" rows={having("RUNNING", "UNKNOWN")} total={active} />
      <Jobs id="failed" title="Failed jobs" rows={having("FAILED")} total={failed} />
      <Jobs id="completed" title="Completed jobs" rows={having("SUCCEEDED")} total={succeeded} />
    </Page>
  );
}

interface JobsProps {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly JobData[];
  /** Since the start; not all of them are kept. */
  readonly total: number;
}

function Jobs({ id, title, rows, total }: JobsProps) {
  const note = rows.length < total ? `last ${count(rows.length)} out of ${count(total)}` : count(rows.length);
  return (
    <Section id={id} title={title} note={note}>
      <DataTable
        id={`${id}-jobs`}
        labelledBy={`${id}-title`}
        columns={JOB_COLUMNS}
        rows={rows}
        keyOf={({ jobId }) => jobId}
        newestBy="id"
        empty="None."
      />
    </Section>
  );
}
