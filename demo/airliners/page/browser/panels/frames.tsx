import { useEffect, useState } from "preact/hooks";
import { frameFigures } from "../map/map.tsx";

const EVERY_MS = 500;
const WITHIN_MS = 2_000;

/** How smoothly the map moves; shown where the address says so, by `#frames`. */
export function Frames() {
  return location.hash === "#frames" ? <ShownFrames /> : null;
}

function ShownFrames() {
  const [figures, setFigures] = useState<ReturnType<typeof frameFigures>>(undefined);
  useEffect(() => {
    const timer = setInterval(() => setFigures(frameFigures(performance.now(), WITHIN_MS)), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  if (figures === undefined) return null;
  const { framesPerSecond, medianDrawMs, meanDrawMs } = figures;
  return (
    <p
      class="frames note"
      data-fps={framesPerSecond.toFixed(1)}
      data-median-ms={medianDrawMs.toFixed(2)}
      data-mean-ms={meanDrawMs.toFixed(2)}
    >
      {framesPerSecond.toFixed(0)} frames/s, drawn in {medianDrawMs.toFixed(1)} ms
    </p>
  );
}
