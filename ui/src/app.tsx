import type { ComponentType } from "preact";
import { Link } from "./components/link.tsx";
import { Nothing } from "./components/section.tsx";
import { timeOfDay } from "./format.ts";
import { connection, lastTold } from "./live/connection.ts";
import { store } from "./live/store.ts";
import { BatchPage } from "./pages/batch.tsx";
import { EnvironmentPage } from "./pages/environment.tsx";
import { ExecutorsPage } from "./pages/executors.tsx";
import { JobPage } from "./pages/job.tsx";
import { JobsPage } from "./pages/jobs.tsx";
import { Page } from "./pages/page.tsx";
import { StagePage } from "./pages/stage.tsx";
import { StagesPage } from "./pages/stages.tsx";
import { RddPage, StoragePage } from "./pages/storage.tsx";
import { StreamingPage } from "./pages/streaming.tsx";
import { page } from "./pages/topics.ts";
import { nextTheme, theme } from "./theme.ts";

const PAGES: Readonly<Record<string, ComponentType>> = {
  streaming: StreamingPage,
  "streaming/batch": BatchPage,
  jobs: JobsPage,
  "jobs/job": JobPage,
  stages: StagesPage,
  "stages/stage": StagePage,
  storage: StoragePage,
  "storage/rdd": RddPage,
  executors: ExecutorsPage,
  environment: EnvironmentPage,
};

export function App() {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        <ConnectionNotice />
        <CurrentPage />
      </main>
    </>
  );
}

function CurrentPage() {
  const Current = Object.hasOwn(PAGES, page.value) ? PAGES[page.value] : undefined;
  if (Current !== undefined) return <Current />;
  return (
    <Page title="No such page">
      <Nothing>
        Nothing is at this address. <Link to="jobs">Jobs</Link> may lead to what you look for.
      </Nothing>
    </Page>
  );
}

const TABS = ["Jobs", "Stages", "Storage", "Executors", "Environment"];

function Header() {
  const application = store.application.value;
  const tabs = application?.hasStreaming ? ["Streaming", ...TABS] : TABS;
  const [tab] = page.value.split("/");
  return (
    <header class="top">
      <div class="top-line">
        <Link to="" class="brand">
          <Mark />
          <span class="brand-name">millrace</span>
        </Link>
        {application && (
          <p class="application">
            <strong>{application.name}</strong>
            <span class="note">{application.master}</span>
          </p>
        )}
        <ConnectionMark />
        <ThemeButton />
      </div>
      <nav class="tabs" aria-label="Pages">
        {tabs.map((title) => (
          <Link key={title} to={title.toLowerCase()} current={title.toLowerCase() === tab}>
            {title}
          </Link>
        ))}
      </nav>
    </header>
  );
}

/** A water wheel. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <circle cx="12" cy="12" r="7.5" />
      <circle cx="12" cy="12" r="1.6" />
      {[0, 45, 90, 135].map((angle) => (
        <path key={angle} d="M12 1.5v21" transform={`rotate(${angle} 12 12)`} />
      ))}
    </svg>
  );
}

const CONNECTION_WORDS = {
  connecting: "Connecting",
  live: "Live",
  lost: "Disconnected",
  paused: "Paused",
  stopped: "Stopped",
};

function ConnectionMark() {
  const state = connection.value;
  return (
    <span class={`connection connection-${state}`} role="status">
      {CONNECTION_WORDS[state]}
    </span>
  );
}

/** Says that what the page shows is not of now. */
function ConnectionNotice() {
  const state = connection.value;
  if (state !== "lost" && state !== "stopped") return null;
  const since =
    lastTold.value === undefined ? "" : ` What you see is of ${timeOfDay(Math.floor(lastTold.value / 1000) * 1000)}.`;
  return (
    <p class={state === "lost" ? "callout callout-warn" : "callout"}>
      {state === "lost" ? "The program does not answer; trying again every second." : "The program has stopped."}
      {since}
    </p>
  );
}

function ThemeButton() {
  return (
    <button
      type="button"
      class="quiet theme"
      onClick={nextTheme}
      title="Switch between the system's theme, light and dark"
    >
      <span class="sr-only">Theme: </span>
      {theme.value}
    </button>
  );
}
