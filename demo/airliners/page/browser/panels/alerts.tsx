import type { AlertRow } from "../../messages.ts";
import { show } from "../map/map.tsx";
import { airports, alerts, health, openAlerts, selection } from "../state.ts";
import { classOf, lasting, timeOf, titleOf } from "../words.ts";

/** Open alerts first, then those that have ended; the newest first in both. */
export function Alerts() {
  const open = openAlerts.value;
  const ended = alerts.value.filter((alert) => alert.ends !== undefined);
  return (
    <section class="panel alerts" aria-labelledby="alerts-title">
      <h2 id="alerts-title">
        Alerts <span class="note">{open.length} open</span>
      </h2>
      <p class="hidden" role="status">
        {open[0] && `${titleOf(open[0].kind)}: ${open[0].subject}`}
      </p>
      {open.length + ended.length === 0 ? (
        <p class="nothing">{noneYet()}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
        <ol class="scroll" tabIndex={0} aria-label="Alerts, open ones first">
          {[...open, ...ended].map((alert) => (
            <Alert key={alert.id} alert={alert} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Alert({ alert }: { readonly alert: AlertRow }) {
  const { kind, subject, at, text, begins, ends } = alert;
  const airport = airports.value.get(subject)?.name;
  const now = Math.max(begins, health.value?.feedTime ?? 0);
  return (
    <li class={`alert ${classOf(kind)} ${ends === undefined ? "open" : "ended"}`}>
      <button
        type="button"
        aria-pressed={selection.value?.name === at}
        onClick={() => show({ type: airports.value.has(at) ? "airport" : "plane", name: at })}
      >
        <span class="kind">{titleOf(kind)}</span>
        <span class="subject">
          {subject} {airport !== undefined && <span class="name">{airport}</span>}
        </span>
        <span class="times">
          {timeOf(begins)} – {ends === undefined ? "" : timeOf(ends)}
          <span class="lasting">
            {ends === undefined ? `open for ${lasting(now - begins)}` : ` (${lasting(ends - begins)})`}
          </span>
        </span>
        <span class="text">{text}</span>
      </button>
    </li>
  );
}

function noneYet(): string {
  return "None yet. The demo's own feed has its first fault in minute 12.";
}
