/** A process that serves the page with so many planes until it is killed, as a program does that crashes: `serve.ts <port> <planes>`. */
import { startPageServer } from "../../../demo/airliners/page/server.ts";
import { manyPositions, newModel } from "./scenes.ts";

const [port, planes] = process.argv.slice(2).map(Number);
const model = newModel();
model.planes(manyPositions(planes!, 0));
model.note("connected to a feed", true);
const { url } = await startPageServer({ model, port: port! });
process.send!(url);
