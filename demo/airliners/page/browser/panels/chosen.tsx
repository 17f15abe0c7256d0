/** What is chosen, in detail, upon the map. */
import type { ComponentChildren } from "preact";
import { distanceKm } from "../../../geo.ts";
import type { AirportRow } from "../../messages.ts";
import type { Plane } from "../fleet.ts";
import { show } from "../map/map.tsx";
import { airports, alerts, fleet, flights, openAlerts, positions, select, selection } from "../state.ts";
import { classOf, timeOf, titleOf } from "../words.ts";

const LISTED = 6;

export function Chosen() {
  const chosen = selection.value;
  if (chosen === undefined) return null;
  void positions.value;
  const plane = chosen.type === "plane" ? fleet.planes.get(chosen.name) : undefined;
  const airport = chosen.type === "airport" ? airports.value.get(chosen.name) : undefined;
  return (
    <section class="card" aria-label={`${chosen.name}, in detail`}>
      <button type="button" class="close" aria-label="Close" onClick={() => select(undefined)}>
        ×
      </button>
      {plane ? (
        <PlaneCard plane={plane} />
      ) : airport ? (
        <AirportCard airport={airport} />
      ) : (
        <Unknown name={chosen.name} />
      )}
      <AlertsOf name={chosen.name} />
    </section>
  );
}

function PlaneCard({ plane }: { readonly plane: Plane }) {
  const { name, from, to, departs, time, lat, lon } = plane;
  const [origin, destination] = [airports.value.get(from), airports.value.get(to)];
  const whole = origin && destination && distanceKm(origin, destination);
  const left = destination && distanceKm({ lat, lon }, destination);
  const flown = whole && left !== undefined ? Math.min(1, Math.max(0, 1 - left / whole)) : 0;
  return (
    <>
      <h2>{name}</h2>
      <p class="route">
        <Place code={from} /> <span>→</span> <Place code={to} />
      </p>
      <progress max={1} value={time < departs ? 0 : flown} aria-label="Part of the route that is flown" />
      <dl>
        <Fact name={time < departs ? "Leaves" : "Left"}>{timeOf(departs)}</Fact>
        {left !== undefined && <Fact name="To go">{Math.round(left).toLocaleString("en")} km</Fact>}
        <Fact name="Position">
          {degrees(lat, "N", "S")} {degrees(lon, "E", "W")}
        </Fact>
      </dl>
    </>
  );
}

function AirportCard({ airport }: { readonly airport: AirportRow }) {
  void flights.value;
  const { code, name, weather } = airport;
  const planes = [...fleet.planes.values()];
  const atGate = planes.filter(({ from, time, departs }) => from === code && time < departs);
  const coming = planes.filter(({ to, time, departs }) => to === code && time >= departs);
  return (
    <>
      <h2>
        {code} <span class="name">{name}</span>
      </h2>
      {weather && (
        <dl>
          <Fact name="Temperature">{weather.celsius.toFixed(1)} °C</Fact>
          <Fact name="Dew point">{weather.dewPoint.toFixed(1)} °C</Fact>
          <Fact name="Gusts">{weather.gusts} kt</Fact>
          <Fact name="Visibility">{weather.visibility.toLocaleString("en")} m</Fact>
          <Fact name="Precipitation">{weather.precipitation}</Fact>
        </dl>
      )}
      <PlanesOf
        title="At the gates"
        planes={atGate.sort((a, b) => a.departs - b.departs)}
        says={({ to, departs }) => `to ${to} at ${timeOf(departs).slice(0, 5)}`}
      />
      <PlanesOf title="On their way here" planes={coming} says={({ from }) => `from ${from}`} />
    </>
  );
}

interface PlanesProps {
  readonly title: string;
  readonly planes: readonly Plane[];
  readonly says: (plane: Plane) => string;
}

function PlanesOf({ title, planes, says }: PlanesProps) {
  if (planes.length === 0) return null;
  return (
    <>
      <h3>
        {title} <span class="note">{planes.length}</span>
      </h3>
      <ul>
        {planes.slice(0, LISTED).map((plane) => (
          <li key={plane.name}>
            <button type="button" class="link" onClick={() => show({ type: "plane", name: plane.name })}>
              {plane.name}
            </button>{" "}
            {says(plane)}
          </li>
        ))}
        {planes.length > LISTED && <li class="note">and {planes.length - LISTED} more</li>}
      </ul>
    </>
  );
}

function AlertsOf({ name }: { readonly name: string }) {
  const open = openAlerts.value.filter(({ at }) => at === name);
  const ended = alerts.value.filter(({ at, ends }) => at === name && ends !== undefined).slice(0, LISTED);
  if (open.length + ended.length === 0) return null;
  return (
    <>
      <h3>Alerts</h3>
      <ul class="of-chosen">
        {[...open, ...ended].map(({ id, kind, text, begins, ends }) => (
          <li key={id} class={classOf(kind)}>
            <span class="tag">{titleOf(kind)}</span> {timeOf(begins)}
            {ends === undefined ? ", open" : ` – ${timeOf(ends)}`}
            <span class="text">{text}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Unknown({ name }: { readonly name: string }) {
  return (
    <>
      <h2>{name}</h2>
      <p class="note">Not heard of for ten minutes.</p>
    </>
  );
}

function Place({ code }: { readonly code: string }) {
  const airport = airports.value.get(code);
  return (
    <button type="button" class="link" onClick={() => show({ type: "airport", name: code })}>
      <b>{code}</b> {airport?.name}
    </button>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function degrees(value: number, positive: string, negative: string): string {
  return `${Math.abs(value).toFixed(1)}° ${value < 0 ? negative : positive}`;
}
