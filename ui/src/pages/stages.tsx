import type { StageData } from "../../../src/ui/api.ts";
import { DataTable } from "../components/data-table.tsx";
import { Section } from "../components/section.tsx";
import { count } from "../format.ts";
import { store } from "../live/store.ts";
import { Page } from "./page.tsx";
import { STAGE_COLUMNS } from "./stage-columns.tsx";

const GROUPS: readonly { readonly status: StageData["status"]; readonly title: string; readonly always?: boolean }[] = [
  { status: "ACTIVE", title: "Active stages", always: true },
  { status: "PENDING", title: "Pending stages" },
  { status: "FAILED", title: "Failed stages" },
  { status: "COMPLETE", title: "Completed stages", always: true },
  { status: "SKIPPED", title: "Skipped stages" },
];

/** The Stages tab. */
export function StagesPage() {
  const stages = store.stages.list.value;
  if (stages === undefined) return <Page title="Stages" waiting />;
  return (
    <Page title="Stages">
      {GROUPS.map(({ status, title, always }) => {
        const rows = stages.filter((stage) => stage.status === status);
        if (rows.length === 0 && !always) return null;
        const id = status.toLowerCase();
        return (
          <Section key={id} id={id} title={title} note={count(rows.length)}>
            <DataTable
              id={`${id}-stages`}
              labelledBy={`${id}-title`}
              columns={STAGE_COLUMNS}
              rows={rows}
              keyOf={({ stageId }) => stageId}
              newestBy="id"
              empty="None."
            />
          </Section>
        );
      })}
    </Page>
  );
}
