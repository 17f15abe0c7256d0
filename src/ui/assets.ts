/** The built pages: where they are, and how each file is served. */
import { fileURLToPath } from "node:url";
import { readBytesIfThere } from "../platform/files.ts";

/** Beside `src/` in a checkout, and beside `dist/` in the package. */
const PAGES = new URL("../../ui/dist/", import.meta.url);

export interface Asset {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** How long a browser may keep it, as a Cache-Control header says it. */
  readonly caching: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json; charset=utf-8",
  map: "application/json; charset=utf-8",
  md: "text/plain; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  woff2: "font/woff2",
};

/** A file of the pages by its path, as `assets/index-4f2a.js`, or undefined where there is none. */
export async function asset(path: string, folder: URL = PAGES): Promise<Asset | undefined> {
  // Nothing above the folder, nothing hidden, and no way to say either in another manner.
  if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(path)) return undefined;
  const contentType = CONTENT_TYPES[path.slice(path.lastIndexOf(".") + 1)];
  if (contentType === undefined) return undefined;
  const bytes = await readBytesIfThere(fileURLToPath(new URL(path, folder)));
  if (bytes === undefined) return undefined;
  // Names below assets/ carry a hash of what is in them.
  const caching = path.startsWith("assets/") ? "private, max-age=31536000, immutable" : "no-cache";
  return { bytes, contentType, caching };
}

/** What is said in their place where they have not been built. */
export const PAGES_MISSING =
  "The pages of millrace's live UI have not been built: run `npm run build` in its checkout. " +
  "What they would show is below /api/v1/applications.\n";
