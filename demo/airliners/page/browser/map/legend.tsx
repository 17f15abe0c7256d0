import type { Kind } from "../../messages.ts";
import { fleet, openAlerts, positions } from "../state.ts";
import { classOf, titleOf } from "../words.ts";

const KINDS: readonly Kind[] = ["part", "off plan", "de-icing", "delay", "cancel"];

/** How many planes there are, and the colours of the alerts. */
export function Legend() {
  void positions.value;
  const planes = [...fleet.planes.values()];
  const flying = planes.filter(({ time, departs }) => time >= departs).length;
  return (
    <ul class="legend" aria-label="On the map">
      <li>
        <b>{flying}</b> in the air
      </li>
      <li>
        <b>{planes.length - flying}</b> at gates
      </li>
      {KINDS.map((kind) => {
        const open = openAlerts.value.filter((alert) => alert.kind === kind).length;
        return (
          <li key={kind} class={`swatch ${classOf(kind)}`}>
            {titleOf(kind)} {open > 0 && <b>{open}</b>}
          </li>
        );
      })}
    </ul>
  );
}
