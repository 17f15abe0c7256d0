import type { RDDPartitionInfo, RDDStorageInfo } from "../../../src/ui/api.ts";
import { type Column, DataTable, figureColumn } from "../components/data-table.tsx";
import { Figures } from "../components/figures.tsx";
import { Link } from "../components/link.tsx";
import { Nothing, Section } from "../components/section.tsx";
import { Site } from "../components/site.tsx";
import { bytes, count } from "../format.ts";
import { store } from "../live/store.ts";
import { Page } from "./page.tsx";
import { subject } from "./topics.ts";

/** The Storage tab: the RDDs that are persisted. */
export function StoragePage() {
  const rdds = store.storage.list.value;
  if (rdds === undefined) return <Page title="Storage" waiting />;
  return (
    <Page title="Storage">
      <Section id="rdds" title="Persisted RDDs" note={count(rdds.length)}>
        <DataTable
          id="rdds"
          labelledBy="rdds-title"
          columns={RDD_COLUMNS}
          rows={rdds}
          keyOf={({ id }) => id}
          empty="No partition is persisted now."
        />
      </Section>
    </Page>
  );
}

const PARENT = { to: "storage", title: "Storage" };

/** The partitions of a persisted RDD. */
export function RddPage() {
  const id = subject.value;
  const rdd = id === undefined ? null : (store.detail(`storage/${id}`) as RDDStorageInfo | null | undefined);
  if (rdd === undefined) return <Page title={`RDD ${id}`} parent={PARENT} waiting />;
  if (rdd === null) {
    return (
      <Page title={id === undefined ? "RDD" : `RDD ${id}`} parent={PARENT}>
        <Nothing>No partition of this RDD is persisted now.</Nothing>
      </Page>
    );
  }
  const partitions = rdd.partitions ?? [];
  return (
    <Page title={`RDD ${rdd.id}`} parent={PARENT} subtitle={rdd.name}>
      <Figures
        of={[
          {
            name: "Partitions",
            value: `${count(rdd.numCachedPartitions)}/${count(rdd.numPartitions)}`,
            note: "persisted",
          },
          { name: "Memory", value: bytes(rdd.memoryUsed) },
          { name: "Disk", value: bytes(rdd.diskUsed) },
          { name: "Storage level", value: rdd.storageLevel },
        ]}
      />
      <Section id="partitions" title="Partitions" note={count(partitions.length)}>
        <DataTable
          id="partitions"
          labelledBy="partitions-title"
          columns={PARTITION_COLUMNS}
          rows={partitions}
          keyOf={({ blockName }) => blockName}
          empty="None."
        />
      </Section>
    </Page>
  );
}

const RDD_COLUMNS: readonly Column<RDDStorageInfo>[] = [
  { id: "id", title: "RDD", whole: true, sortBy: ({ id }) => id, cell: ({ id }) => id },
  {
    id: "name",
    title: "Name",
    whole: true,
    sortBy: ({ name }) => name,
    cell: ({ id, name }) => (
      <Link to="storage/rdd" query={{ id }}>
        <Site of={name} />
      </Link>
    ),
  },
  {
    id: "level",
    title: "Storage level",
    sortBy: ({ storageLevel }) => storageLevel,
    cell: ({ storageLevel }) => storageLevel,
  },
  {
    id: "partitions",
    title: "Partitions persisted",
    numeric: true,
    sortBy: ({ numCachedPartitions }) => numCachedPartitions,
    cell: ({ numCachedPartitions, numPartitions }) => `${count(numCachedPartitions)}/${count(numPartitions)}`,
  },
  figureColumn("memory", "Memory", ({ memoryUsed }) => memoryUsed, bytes),
  figureColumn("disk", "Disk", ({ diskUsed }) => diskUsed, bytes),
];

const PARTITION_COLUMNS: readonly Column<RDDPartitionInfo>[] = [
  {
    id: "block",
    title: "Block",
    whole: true,
    sortBy: ({ blockName }) => Number(blockName.split("_").at(-1)),
    cell: ({ blockName }) => blockName,
  },
  { id: "level", title: "Storage level", cell: ({ storageLevel }) => storageLevel },
  figureColumn("memory", "Memory", ({ memoryUsed }) => memoryUsed, bytes),
  figureColumn("disk", "Disk", ({ diskUsed }) => diskUsed, bytes),
  { id: "executors", title: "Executors", cell: ({ executors }) => executors.join(", ") },
];
