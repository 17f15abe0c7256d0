import { Header } from "./header.tsx";
import { Legend } from "./map/legend.tsx";
import { WorldMapView } from "./map/map.tsx";
import { Alerts } from "./panels/alerts.tsx";
import { Chosen } from "./panels/chosen.tsx";
import { Health } from "./panels/health.tsx";
import { WeatherTable } from "./panels/weather.tsx";

export function App() {
  return (
    <>
      <Header />
      <main>
        <h1 class="hidden">Airliners, minute to minute</h1>
        <div class="stage">
          <WorldMapView />
          <Legend />
          <Chosen />
        </div>
        <div class="panels">
          <Health />
          <Alerts />
          <WeatherTable />
        </div>
      </main>
    </>
  );
}
