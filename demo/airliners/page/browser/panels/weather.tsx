import type { AirportRow } from "../../messages.ts";
import { show } from "../map/map.tsx";
import { airports, openAlerts, selection } from "../state.ts";
import { classOf, titleOf } from "../words.ts";

/** All airports with their weather; those with an alert come first. */
export function WeatherTable() {
  const alerts = Map.groupBy(openAlerts.value, ({ at }) => at);
  const rows = [...airports.value.values()].sort(
    (a, b) => Number(alerts.has(b.code)) - Number(alerts.has(a.code)) || (a.code < b.code ? -1 : 1),
  );
  return (
    <section class="panel weather" aria-labelledby="weather-title">
      <h2 id="weather-title">
        Weather <span class="note">{rows.length} airports</span>
      </h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Weather at the airports">
        <table>
          <thead>
            <tr>
              <th scope="col">Airport</th>
              <th scope="col">Weather</th>
              <th scope="col" class="figure">
                °C
              </th>
              <th scope="col" class="figure">
                Gusts, kt
              </th>
              <th scope="col" class="figure">
                Sight, km
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((airport) => (
              <Row
                key={airport.code}
                airport={airport}
                kinds={(alerts.get(airport.code) ?? []).map(({ kind }) => kind)}
              />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Row({ airport, kinds }: { readonly airport: AirportRow; readonly kinds: readonly AirportKind[] }) {
  const { code, name, weather } = airport;
  return (
    <tr class={selection.value?.name === code ? "chosen" : ""}>
      <th scope="row">
        <button type="button" onClick={() => show({ type: "airport", name: code })}>
          <b>{code}</b> {name}
        </button>
      </th>
      <td>
        {kinds.map((kind) => (
          <span key={kind} class={`tag ${classOf(kind)}`}>
            {titleOf(kind)}
          </span>
        ))}{" "}
        {weather === undefined ? "not heard of" : weather.precipitation === "none" ? "dry" : weather.precipitation}
      </td>
      <td class="figure">{weather?.celsius.toFixed(0)}</td>
      <td class="figure">{weather?.gusts}</td>
      <td class="figure">{weather && (weather.visibility / 1000).toFixed(weather.visibility < 1000 ? 2 : 1)}</td>
    </tr>
  );
}

type AirportKind = Parameters<typeof titleOf>[0];
