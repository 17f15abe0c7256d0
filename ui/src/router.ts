/** Which page is shown: the path names it, as Spark's does, and the query what it is about. */
import { signal } from "@preact/signals";

export interface Location {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Where the pages are mounted: the path of this document without the page's own part. */
const BASE = "/";

export const location = signal<Location>(read());

export function href(path: string, query: Readonly<Record<string, string | number>> = {}): string {
  const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  // Two slashes at the front would be another host.
  const folder = path === "" ? BASE : `${BASE}${path}/`;
  return parameters.size === 0 ? folder : `${folder}?${parameters}`;
}

export function go(to: string): void {
  history.pushState(null, "", to);
  arrive();
}

/** The number that a parameter of the query is, or undefined. */
export function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Follows the links of these pages without loading them anew. */
export function followLinks(): void {
  addEventListener("popstate", () => {
    location.value = read();
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-page]");
    if (link === null) return;
    event.preventDefault();
    go(link.href);
  });
}

/** As after loading a page: at its top, and the reader of a screen is told of the new one. */
function arrive(): void {
  location.value = read();
  scrollTo(0, 0);
  requestAnimationFrame(() => document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true }));
}

function read(): Location {
  const path = window.location.pathname.slice(BASE.length).replace(/\/+$/, "");
  return { path, query: new URLSearchParams(window.location.search) };
}
