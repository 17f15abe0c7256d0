/** Writes the reports of the public interface, `api/*.api.md`, as the sources have it now. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { apiReports } from "./api-report.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
for (const { path, text } of apiReports()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), `${text}\n`);
}
