import { render } from "preact";
import { App } from "./app.tsx";
import { connect } from "./connection.ts";
import "../../../../ui/src/styles/tokens.css";
import "./styles/colours.css";
import "./styles/base.css";
import "./styles/header.css";
import "./styles/map.css";
import "./styles/panels.css";
import "./styles/health.css";
import "./styles/alerts.css";
import "./styles/weather.css";
import "./styles/card.css";
import "./styles/narrow.css";

render(<App />, document.getElementById("app")!);
connect();
