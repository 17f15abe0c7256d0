/** How the stream is doing: is it keeping up? */

import type { ComponentChildren } from "preact";
import { count, duration, rate, timeOfDay } from "../../../../../ui/src/format.ts";
import { batches, health } from "../state.ts";
import { BatchTimes } from "./batch-times.tsx";
import { Frames } from "./frames.tsx";

/** The rate is taken over so many batches: the feed's lines come in bursts. */
const RATE_BATCHES = 10;

export function Health() {
  const news = health.value;
  const last = batches.value.at(-1);
  const intervalMs = news?.intervalMs ?? 0;
  const recent = batches.value.slice(-RATE_BATCHES);
  const lines = recent.reduce((sum, batch) => sum + batch.lines, 0);
  // One long batch is made up for by short ones; it is behind when batches wait.
  const behind = last !== undefined && last.schedulingMs > intervalMs;
  return (
    <section class="panel health" aria-labelledby="health-title">
      <h2 id="health-title">
        Stream{" "}
        <span class={`note ${behind ? "behind" : ""}`}>
          {last === undefined ? "no batch yet" : behind ? "behind" : "keeping up"}
        </span>
      </h2>
      <BatchTimes batches={batches.value} intervalMs={intervalMs} />
      <dl class="figures">
        <Figure name="Batch time" note={`of ${duration(intervalMs)}`}>
          {duration(last?.processingMs)}
        </Figure>
        <Figure name="Scheduling delay">{duration(last?.schedulingMs)}</Figure>
        <Figure name="Input" note="lines/s">
          {intervalMs > 0 && recent.length > 0 ? rate((1000 * lines) / (recent.length * intervalMs)) : "–"}
        </Figure>
        <Figure name="Last batch">{last ? timeOfDay(Math.floor(last.realTime / 1000) * 1000) : "–"}</Figure>
        <Figure name="Lines">{count(news?.lines)}</Figure>
        <Figure name="Bad lines" title={news?.lastBad}>
          {count(news?.badLines)}
        </Figure>
      </dl>
      {news?.lastBad !== undefined && (
        <p class="last-bad" title={news.lastBad}>
          Last bad line: {news.lastBad}
        </p>
      )}
      <Frames />
    </section>
  );
}

interface FigureProps {
  readonly name: string;
  readonly note?: string;
  readonly title?: string | undefined;
  readonly children: ComponentChildren;
}

function Figure({ name, note, title, children }: FigureProps) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>
        {children} {note !== undefined && <span class="note">{note}</span>}
      </dd>
    </div>
  );
}
