/** Writes down the public interface as the sources have it now: its reports, `api/*.api.md`, and the page of settings. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { apiReports } from "./api-report.ts";
import { CONFIGURATION_PAGE, configurationPage } from "./configuration-page.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
for (const { path, text } of apiReports()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), `${text}\n`);
}
writeFileSync(join(root, CONFIGURATION_PAGE), configurationPage());
