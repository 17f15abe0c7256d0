import { MillraceError } from "../errors.ts";
import type { SparkConf } from "../spark-conf.ts";

/** How a live page is served. */
export interface UiSettings {
  readonly host: string;
  readonly port: number;
  readonly portRetries: number;
  readonly token: string | undefined;
  /** Names beside localhost and addresses, in lower case. */
  readonly allowedHosts: readonly string[];
  readonly updateIntervalMs: number;
  readonly redaction: RegExp;
}

/**
 * What the settings say of the live page; undefined where there is to be none.
 *
 * @throws {MillraceError} UNPROTECTED_UI for an address that other machines reach, without a token
 */
export function uiSettings(conf: SparkConf): UiSettings | undefined {
  if (!conf.value("spark.ui.enabled")) return undefined;
  const settings = {
    host: conf.value("spark.driver.bindAddress").trim(),
    port: conf.value("spark.ui.port"),
    portRetries: conf.value("spark.port.maxRetries"),
    token: conf.value("millrace.ui.token") || undefined,
    allowedHosts: names(conf.value("millrace.ui.allowedHosts") ?? ""),
    updateIntervalMs: conf.value("millrace.ui.updateInterval"),
    redaction: conf.value("spark.redaction.regex"),
  };
  if (settings.port > 65_535) {
    throw new MillraceError("INVALID_ARGUMENT", `spark.ui.port cannot be ${settings.port}`, {
      remedy: "A port is a number from 1 to 65535, or 0 for any that is free.",
    });
  }
  if (settings.token === undefined && !isLoopback(settings.host)) {
    throw new MillraceError(
      "UNPROTECTED_UI",
      `the live page would be open to every machine that reaches ${settings.host || "this one"}`,
      {
        remedy:
          "Set millrace.ui.token to a secret that its visitors must know, or leave spark.driver.bindAddress at 127.0.0.1.",
      },
    );
  }
  return settings;
}

/** Whether an address, as one binds to or asks for, is this machine's alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function names(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
}
