/** The program and its surroundings as REST and pages are told of them. */
import { environmentVariable, type ProcessFacts, processFacts } from "../../platform/environment.ts";
import { userName } from "../../platform/machine.ts";
import type { ApplicationEnvironmentInfo, ApplicationInfo, LiveApplication, RuntimeInfo } from "../api.ts";
import type { StatusStore } from "../status/status-store.ts";
import { millraceVersion, SPARK_VERSION } from "../version.ts";
import { rounded, sparkDate } from "./words.ts";

/** What a status store does not hear of: what the context is from its beginning. */
export interface Application {
  readonly id: string;
  readonly name: string;
  readonly master: string;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  readonly cores: number;
  /** All that was set, wherever. */
  settings(): readonly (readonly [key: string, value: string])[];
}

export function applicationInfo(application: Application, { endTime }: StatusStore, now: number): ApplicationInfo {
  const { id, name, startTime, cores } = application;
  const end = endTime ?? -1;
  return {
    id,
    name,
    coresGranted: cores,
    maxCores: cores,
    coresPerExecutor: 1,
    attempts: [
      {
        startTime: sparkDate(startTime),
        endTime: sparkDate(end),
        lastUpdated: sparkDate(endTime ?? now),
        duration: rounded((endTime ?? now) - startTime),
        sparkUser: userName(),
        completed: endTime !== undefined,
        appSparkVersion: SPARK_VERSION,
        startTimeEpoch: Math.floor(startTime),
        endTimeEpoch: Math.floor(end),
        lastUpdatedEpoch: Math.floor(endTime ?? now),
      },
    ],
  };
}

export function liveApplication({ id, name, master, startTime }: Application, store: StatusStore): LiveApplication {
  return { id, name, master, startTimeEpoch: Math.floor(startTime), hasStreaming: store.streaming !== undefined };
}

export function environmentInfo(application: Application, redaction: RegExp): ApplicationEnvironmentInfo {
  const facts = processFacts();
  const redacted = (properties: readonly (readonly [key: string, value: string])[]) =>
    properties.map(([key, value]) => [key, redact(key, value, redaction)] as const);
  return {
    runtime: runtimeInfo(facts),
    sparkProperties: redacted(application.settings()),
    hadoopProperties: [],
    systemProperties: redacted(systemProperties(facts)),
    metricsProperties: [],
    classpathEntries: [],
  };
}

function runtimeInfo({ nodeVersion, v8Version, executable, platform }: ProcessFacts): RuntimeInfo {
  return {
    javaVersion: `Node.js ${nodeVersion}`,
    javaHome: executable,
    scalaVersion: `V8 ${v8Version}`,
    millraceVersion: millraceVersion(),
    nodeVersion,
    v8Version,
    platform,
  };
}

/** Of the environment only what millrace and Node read: the rest is the machine's, and may hold anything. */
function systemProperties(facts: ProcessFacts): [key: string, value: string][] {
  const variables = ["MILLRACE_CONF", "MILLRACE_PROPERTIES", "NODE_ENV", "NODE_OPTIONS", "TZ"];
  return [
    ["process.argv", facts.commandLine.join(" ")],
    ["process.cwd", facts.workingDirectory],
    ["process.execPath", facts.executable],
    ["process.pid", String(facts.pid)],
    ["process.platform", facts.platform],
    ...variables.flatMap((name): [string, string][] => {
      const value = environmentVariable(name);
      return value === undefined ? [] : [[`process.env.${name}`, value]];
    }),
  ];
}

/** What stands in the place of a secret, in Spark's words. */
const REDACTED = "*********(redacted)";

/** The value, unless it or its key looks like a secret; and never what a URL says before its host. */
function redact(key: string, value: string, redaction: RegExp): string {
  if (redaction.test(key) || redaction.test(value)) return REDACTED;
  return value.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi, `$1${REDACTED}@`);
}
