/**
 * Finds what reaches the outside world past src/platform/: time, timers, chance, files, sockets, threads. A simulator
 * can stand in for platform/ only while it is the one way out.
 */
import type { Node } from "acorn";
import { analyze } from "eslint-scope";
import type { Program as EstreeProgram } from "estree";
import { type SourceFile, walk } from "./sources.ts";

const CLOCK = "take a Clock (src/platform/clock.ts) and ask its now()";
const TIMERS = "take a Clock and use its at(), or sleepUntil (src/platform/clock.ts)";
const RANDOM = "take a RandomSource (src/platform/random.ts)";
const FILES = "go through src/platform/files.ts";
const NETWORK = "go through src/platform/sockets.ts";
const THREADS = "go through src/platform/threads.ts";
const PROCESS = "make a wrapper in src/platform/ first";

/** Globals that may not be named at all. */
const GLOBALS: ReadonlyMap<string, string> = new Map([
  ["performance", "use a Clock or stopwatch() (src/platform/clock.ts)"],
  ["fetch", NETWORK],
  ["WebSocket", NETWORK],
  ["EventSource", NETWORK],
  ...["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate"].map(
    (name): [string, string] => [name, TIMERS],
  ),
]);

/** Members of globals that may not be used. */
const MEMBERS: ReadonlyMap<string, string> = new Map([
  ["Date.now", CLOCK],
  ["Math.random", RANDOM],
  ["crypto.randomUUID", RANDOM],
  ["crypto.getRandomValues", RANDOM],
  ["process.hrtime", "use stopwatch() (src/platform/clock.ts)"],
  ["process.uptime", "use stopwatch() (src/platform/clock.ts)"],
  ["AbortSignal.timeout", TIMERS],
  ["Atomics.wait", THREADS],
  ["Atomics.waitAsync", THREADS],
]);

/** Modules of Node's that do none of this. Any other is refused; one that is harmless may be added. */
const PURE_MODULES = new Set(
  "assert assert/strict async_hooks buffer diagnostics_channel events inspector module path string_decoder url util util/types v8 vm".split(
    " ",
  ),
);

const MODULES: ReadonlyMap<string, string> = new Map([
  ...["fs", "fs/promises"].map((name): [string, string] => [name, FILES]),
  ...["net", "http", "https", "http2", "dgram", "tls", "dns", "dns/promises"].map((name): [string, string] => [
    name,
    NETWORK,
  ]),
  ...["worker_threads", "os"].map((name): [string, string] => [name, THREADS]),
  ...["timers", "timers/promises"].map((name): [string, string] => [name, TIMERS]),
  ["perf_hooks", "use stopwatch() (src/platform/clock.ts)"],
  ["child_process", PROCESS],
  ["cluster", PROCESS],
]);

/** The parts of node:crypto that give the same for the same. */
const PURE_CRYPTO = new Set(["createHash", "createHmac", "hash", "timingSafeEqual"]);

/** What a file does past the platform, as `file:line: what; what to do instead`. */
export function seamViolations(file: SourceFile): string[] {
  return [...forbiddenImports(file), ...forbiddenGlobals(file)];
}

function forbiddenImports({ path, imports }: SourceFile): string[] {
  return imports.flatMap(({ specifier, typeOnly, names, line }) => {
    if (typeOnly || !specifier.startsWith("node:")) return [];
    const module = specifier.slice("node:".length);
    if (PURE_MODULES.has(module)) return [];
    if (module === "crypto") {
      const impure = names.filter((name) => !PURE_CRYPTO.has(name));
      return impure.map((name) => `${path}:${line}: imports ${name} of node:crypto; ${RANDOM}`);
    }
    const remedy = MODULES.get(module) ?? "if it neither waits nor does I/O, add it to test/architecture/seam.ts";
    return [`${path}:${line}: imports ${specifier}; ${remedy}`];
  });
}

function forbiddenGlobals({ path, program }: SourceFile): string[] {
  const parents = new Map<Node, Node | undefined>();
  walk(program, (node, parent) => parents.set(node, parent));
  const { globalScope } = analyze(program as EstreeProgram, { ecmaVersion: 2022, sourceType: "module" });
  return globalScope!.through.flatMap(({ identifier }) => {
    const found = forbidden(identifier as Node & typeof identifier, parents);
    return found ? [`${path}:${identifier.loc!.start.line}: uses ${found}`] : [];
  });
}

interface Use extends Node {
  readonly name?: string;
  readonly object?: Node;
  readonly property?: Use;
  readonly value?: unknown;
  readonly callee?: Node;
  readonly arguments?: readonly Node[];
}

/** What a mention of an undeclared name amounts to, if it is forbidden. */
function forbidden(global: Use, parents: ReadonlyMap<Node, Node | undefined>): string | undefined {
  const parent = parents.get(global) as Use | undefined;
  const member = parent?.type === "MemberExpression" && parent.object === global ? parent.property : undefined;
  const property = member?.name ?? (typeof member?.value === "string" ? member.value : undefined);
  if (global.name === "globalThis") {
    return property && describe(property, parents.get(parent!) as Use | undefined, parent!);
  }
  return describe(global.name!, parent, global);
}

function describe(name: string, parent: Use | undefined, node: Node): string | undefined {
  const remedy = GLOBALS.get(name);
  if (remedy) return `${name}; ${remedy}`;
  if (parent?.type === "MemberExpression" && parent.object === node) {
    const member = `${name}.${parent.property?.name ?? parent.property?.value}`;
    return MEMBERS.has(member) ? `${member}; ${MEMBERS.get(member)}` : undefined;
  }
  if (name !== "Date" || parent?.callee !== node) return undefined;
  if (parent.type === "CallExpression") return `Date(); ${CLOCK}`;
  return parent.arguments?.length === 0 ? `new Date() without a time; ${CLOCK}` : undefined;
}
