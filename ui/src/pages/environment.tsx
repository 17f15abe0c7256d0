import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ApplicationEnvironmentInfo } from "../../../src/ui/api.ts";
import { type Column, DataTable } from "../components/data-table.tsx";
import { Nothing, Section } from "../components/section.tsx";
import { count } from "../format.ts";
import { API, applicationId } from "../live/connection.ts";
import { Page } from "./page.tsx";

type Property = readonly [key: string, value: string];

/** The Environment tab. It is asked for by REST, once for a program: it does not change. */
export function EnvironmentPage() {
  const environment = useSignal<ApplicationEnvironmentInfo | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const id = applicationId.value;
  useEffect(() => {
    if (id === undefined) return;
    const left = new AbortController();
    ask(id, left.signal).then(
      (answer) => {
        environment.value = answer;
      },
      (error: Error) => {
        if (!left.signal.aborted) failure.value = error.message;
      },
    );
    return () => left.abort();
  }, [id]);

  if (environment.value === undefined) {
    return (
      <Page title="Environment" waiting={failure.value === undefined}>
        <Nothing>The server did not tell: {failure.value}</Nothing>
      </Page>
    );
  }
  const { runtime, sparkProperties, systemProperties, classpathEntries, metricsProperties } = environment.value;
  return (
    <Page title="Environment">
      <Properties id="runtime" title="Runtime" of={Object.entries(runtime)} />
      <Properties id="spark" title="Spark properties" of={sparkProperties} />
      <Properties id="system" title="Environment and command line" of={systemProperties} />
      <Properties id="metrics" title="Metrics properties" of={metricsProperties} />
      <Properties id="classpath" title="Modules" of={classpathEntries} />
    </Page>
  );
}

async function ask(id: string, signal: AbortSignal): Promise<ApplicationEnvironmentInfo> {
  const response = await fetch(`${API}/applications/${encodeURIComponent(id)}/environment`, { signal });
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return (await response.json()) as ApplicationEnvironmentInfo;
}

const COLUMNS: readonly Column<Property>[] = [
  { id: "key", title: "Name", sortBy: ([key]) => key, cell: ([key]) => <code>{key}</code> },
  { id: "value", title: "Value", sortBy: ([, value]) => value, cell: ([, value]) => <code>{value}</code> },
];

function Properties({
  id,
  title,
  of,
}: {
  readonly id: string;
  readonly title: string;
  readonly of: readonly Property[];
}) {
  if (of.length === 0) return null;
  return (
    <Section id={id} title={title} note={count(of.length)}>
      <DataTable
        id={`${id}-properties`}
        labelledBy={`${id}-title`}
        columns={COLUMNS}
        rows={of}
        keyOf={([key]) => key}
        empty=""
      />
    </Section>
  );
}
