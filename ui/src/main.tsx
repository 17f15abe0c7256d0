import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/content.css";
import "./styles/tables.css";
import "./styles/charts.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { live } from "./live/connection.ts";
import { topics } from "./pages/topics.ts";
import { followLinks } from "./router.ts";

followLinks();
live(topics);
render(<App />, document.getElementById("app")!);
