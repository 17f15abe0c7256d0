/**
 * The scripts that functions come from: their text, where they were loaded from, and what they import.
 */
import type { Debugger } from "node:inspector";
import { fileURLToPath } from "node:url";
import { announcedScripts, ask, enableDebugger } from "./inspector-session.ts";
import { type ModuleFacts, readModule } from "./module-imports.ts";

export class Script {
  readonly id: string;
  /** As V8 names it: a file URL, a path, or whatever name an evaluated text was given. */
  readonly url: string;
  readonly isModule: boolean;
  /** Where its source map is, if it has one: often in itself, as a `data:` URL. */
  readonly sourceMapUrl: string | undefined;
  readonly #firstLine: number;
  readonly #firstColumn: number;
  #source: string | undefined;
  #lineStarts: number[] | undefined;
  #facts: ModuleFacts | undefined;

  constructor(id: string, facts: Partial<Debugger.ScriptParsedEventDataType>) {
    this.id = id;
    this.url = facts.url ?? "";
    this.isModule = facts.isModule ?? false;
    this.sourceMapUrl = facts.sourceMapURL || undefined;
    this.#firstLine = facts.startLine ?? 0;
    this.#firstColumn = facts.startColumn ?? 0;
  }

  /** The text V8 compiled: for a TypeScript file, with its types blanked out. */
  get source(): string {
    if (this.#source === undefined) {
      enableDebugger();
      this.#source = ask("Debugger.getScriptSource", { scriptId: this.id }).scriptSource;
    }
    return this.#source;
  }

  get facts(): ModuleFacts {
    this.#facts ??= readModule(this.source, this.isModule);
    return this.#facts;
  }

  /**
   * Where `text` begins, given a place inside it. V8 locates a function at its parameters, its text begins earlier.
   * Lines and columns count from 0.
   */
  startOf(text: string, line: number, column: number): { line: number; column: number } {
    this.#lineStarts ??= lineStarts(this.source);
    const row = line - this.#firstLine;
    const inside = (this.#lineStarts[row] ?? 0) + (row === 0 ? column - this.#firstColumn : column);
    const start = this.source.lastIndexOf(text, inside);
    if (start < 0) return { line, column };
    let startRow = row;
    while (startRow > 0 && this.#lineStarts[startRow]! > start) startRow--;
    const startColumn = start - this.#lineStarts[startRow]!;
    return { line: startRow + this.#firstLine, column: startRow === 0 ? startColumn + this.#firstColumn : startColumn };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

const known = new Map<string, Script>();

export function scriptOf(id: string): Script {
  let script = known.get(id);
  if (script === undefined) {
    enableDebugger();
    script = new Script(id, announcedScripts.get(id) ?? {});
    known.set(id, script);
  }
  return script;
}

/** A script that a function has been captured from; of several with one url the last. */
export function scriptWithUrl(url: string): Script | undefined {
  return [...known.values()].findLast((script) => script.url === url);
}

/** A url as people write it: a path where it is a file. */
export function plainPath(url: string): string {
  try {
    return url.startsWith("file:") ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}
