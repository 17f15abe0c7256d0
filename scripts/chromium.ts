/** The system's Chromium, which page tests and screenshots are made with: none is downloaded. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** No GPU, no QUIC, nothing from the network of its own accord; the sandbox needs rights that containers lack. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where it is: what `MILLRACE_CHROMIUM` says, or the first of the usual names on the path; undefined where there is none. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [process.env.MILLRACE_CHROMIUM, ...candidates].find((file) => {
    try {
      accessSync(file ?? "", constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Without a window, and with a profile that is deleted afterwards. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}
