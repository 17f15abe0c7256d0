/**
 * Where compiled code comes from, for the stacks of errors on executors: there the code of a function has the places that
 * it has in its compiled script, and nobody but the driver knows the script's source map.
 */
import { SourceMap, type SourceMapPayload } from "node:module";
import type { WireError } from "../errors.ts";
import { readTextIfThere } from "../platform/files.ts";
import { plainPath, type Script, scriptWithUrl } from "./scripts.ts";

interface Places {
  readonly map: SourceMap;
  /** What the names of sources are relative to. */
  readonly base: string;
}

const places = new WeakMap<Script, Places | undefined>();

/** The error with the places that its author wrote, its causes too. */
export function withSourcePlaces(error: WireError): WireError {
  return {
    ...error,
    ...(error.stack !== undefined && { stack: sourceStack(error.stack) }),
    ...(error.cause && { cause: withSourcePlaces(error.cause) }),
  };
}

const FRAME = /(?<=\(|\bat (?:async )?)((?:file:\/\/|\/|[A-Za-z]:\\)[^\n()]*):(\d+):(\d+)(?=\)?$)/gm;

/** A stack with each place of a compiled script that has a source map replaced by the source's. */
export function sourceStack(stack: string): string {
  return stack.replace(FRAME, (frame, url: string, line: string, column: string) => {
    return sourcePlace(url, Number(line), Number(column)) ?? frame;
  });
}

/** Lines and columns count from 1. */
function sourcePlace(url: string, line: number, column: number): string | undefined {
  const script = scriptWithUrl(url);
  const found = script && placesOf(script);
  const entry = found?.map.findEntry(line - 1, column - 1);
  if (found === undefined || entry === undefined || !("originalSource" in entry)) return undefined;
  const { originalSource, originalLine, originalColumn } = entry;
  return `${plainPath(resolved(originalSource, found.base))}:${originalLine + 1}:${originalColumn + 1}`;
}

function placesOf(script: Script): Places | undefined {
  if (!places.has(script)) places.set(script, readPlaces(script));
  return places.get(script);
}

function readPlaces({ url, sourceMapUrl: mapUrl }: Script): Places | undefined {
  if (mapUrl === undefined) return undefined;
  try {
    const base = mapUrl.startsWith("data:") ? url : resolved(mapUrl, url);
    const text = mapUrl.startsWith("data:") ? inlineText(mapUrl) : readTextIfThere(plainPath(base));
    return text === undefined ? undefined : { map: new SourceMap(JSON.parse(text) as SourceMapPayload), base };
  } catch {
    // A map that cannot be read is as good as none.
    return undefined;
  }
}

function inlineText(dataUrl: string): string {
  const comma = dataUrl.indexOf(",");
  const isBase64 = dataUrl.slice(0, comma).endsWith(";base64");
  const data = dataUrl.slice(comma + 1);
  return isBase64 ? Buffer.from(data, "base64").toString("utf8") : decodeURIComponent(data);
}

/** A source or map by its name in a script or map; names are URLs, or paths, relative mostly. */
function resolved(name: string, base: string): string {
  return URL.canParse(name) ? name : new URL(name, base.startsWith("/") ? `file://${base}` : base).href;
}
