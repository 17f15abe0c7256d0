/** The line at the top: feed time, how it is going, and where else to look. */
import { nextTheme, theme } from "../../../../ui/src/theme.ts";
import { Find } from "./panels/find.tsx";
import { connection, feed, health, program } from "./state.ts";
import { dayOf, timeOf } from "./words.ts";

export function Header() {
  const feedTime = health.value?.feedTime ?? 0;
  const { speed, uiUrl } = program.value ?? {};
  return (
    <header>
      <p class="brand">
        <svg viewBox="-1.1 -1.1 2.2 2.2" aria-hidden="true">
          <path d="M0-1C.09-1 .14-.86 .14-.7L.14-.32 .95.24 .95.42 .14.17 .11.66 .36.86 .36.99 0 .9 -.36.99 -.36.86 -.11.66 -.14.17 -.95.42 -.95.24 -.14-.32 -.14-.7C-.14-.86 -.09-1 0-1Z" />
        </svg>
        Airliners
      </p>
      <p class="clock">
        <time>{feedTime === 0 ? "--:--:--" : timeOf(feedTime)}</time>
        <span>
          {feedTime === 0 ? "" : `${dayOf(feedTime)}, `}
          {speed === undefined ? "" : speed === 1 ? "the pace of life" : `${speed} × life`}
        </span>
      </p>
      <State />
      <Find />
      <nav aria-label="More">
        {uiUrl !== undefined && <a href={uiUrl}>Live page of the engine</a>}
        <button type="button" class="theme" onClick={nextTheme}>
          Theme: {theme.value}
        </button>
      </nav>
    </header>
  );
}

/** Of the page's connection to the program while that is lost, else of the program's to the feed. */
function State() {
  const [tone, text] = state();
  return (
    <p class={`state state-${tone}`} role="status">
      {text}
    </p>
  );
}

function state(): [tone: "good" | "bad" | "idle", text: string] {
  switch (connection.value) {
    case "connecting":
      return ["idle", "connecting to the program"];
    case "lost":
      return ["bad", "the program does not answer; trying again"];
    case "stopped":
      return ["idle", "the program has stopped"];
    case "live": {
      const { text = "waiting for the feed", connected } = feed.value ?? {};
      return [connected === false ? "bad" : connected === true ? "good" : "idle", text];
    }
  }
}
