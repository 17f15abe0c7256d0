/** Which page a location names, and what it wants to be told of. */
import { computed } from "@preact/signals";
import type { Topic } from "../../../src/ui/api.ts";
import { store } from "../live/store.ts";
import { location, numberIn } from "../router.ts";

/** The path of the page that is shown; the root is the first tab that there is. */
export const page = computed(() => {
  const { path } = location.value;
  if (path !== "") return path;
  return store.application.value?.hasStreaming === false ? "jobs" : "streaming";
});

/** What the page is about, where it is about one thing: its id, from the query. */
export const subject = computed(() => numberIn(location.value.query, "id"));

const TABLES: Readonly<Record<string, Topic>> = {
  streaming: "streaming",
  jobs: "jobs",
  stages: "stages",
  storage: "storage",
  executors: "executors",
};

/** As text, so that equal ones are no change. */
const wanted = computed((): string => {
  const id = subject.value;
  if (id === undefined) return TABLES[page.value] ?? "executors";
  switch (page.value) {
    case "streaming/batch":
      return `batches/${id}`;
    case "jobs/job":
      return `jobs/${id}`;
    case "stages/stage":
      return `stages/${id}`;
    case "storage/rdd":
      return `storage/${id}`;
    default:
      return TABLES[page.value] ?? "executors";
  }
});

/** A page that lives on no topic has the executors': there are few, and the connection tells whether the program runs. */
export const topics = computed(() => [wanted.value as Topic]);
