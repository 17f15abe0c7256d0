/** What receivers say when something goes wrong. */
import { describeThrown, MillraceError } from "../../errors.ts";
import type { DropCounts, Failure, StreamSettings } from "./receiver-protocol.ts";

/** A connection that was refused (not `connected`), closed in order (no `cause`) or broken, and what it took with it. */
export function connectionFailure(
  address: string,
  connected: boolean,
  cause: Error | undefined,
  drops: DropCounts,
  settings: StreamSettings,
): Failure {
  const what =
    cause === undefined
      ? `${address} closed the connection`
      : `${connected ? `the connection to ${address} broke` : `no connection to ${address}`}: ${describeThrown(cause)}`;
  const again = `It is tried again in ${settings.restartDelayMs} ms`;
  const remedy = connected ? `${again}.` : `${again}; check that a server listens there.`;
  const dropped = inWords(drops, settings);
  return failure([what, ...dropped.what].join("; "), [remedy, ...dropped.remedies].join(" "), cause);
}

export function dropFailure(address: string, drops: DropCounts, settings: StreamSettings): Failure {
  const { what, remedies } = inWords(drops, settings);
  return failure(`from ${address}: ${what.join("; ")}`, remedies.join(" "));
}

function inWords(
  { droppedLines, invalidUtf8Lines, droppedPartialLines }: DropCounts,
  { maxLineBytes }: StreamSettings,
): { readonly what: readonly string[]; readonly remedies: readonly string[] } {
  const what: string[] = [];
  const remedies: string[] = [];
  if (droppedLines > 0) {
    what.push(`${lines(droppedLines)} dropped, being longer than ${maxLineBytes} bytes`);
    remedies.push("Raise millrace.receiver.maxLineBytes or send shorter lines.");
  }
  if (invalidUtf8Lines > 0) {
    what.push(`${lines(invalidUtf8Lines)} not UTF-8 and received with U+FFFD in place of what was not`);
    remedies.push("Send text as UTF-8.");
  }
  if (droppedPartialLines > 0) {
    what.push(`${lines(droppedPartialLines)} dropped, having no newline yet`);
    remedies.push("A sender that closes its connection in order loses no line.");
  }
  return { what, remedies };
}

export function threadFailure(cause: unknown, { restartDelayMs }: StreamSettings): Failure {
  const why = cause === undefined ? "it was ended from outside" : describeThrown(cause);
  return failure(
    `the receiver thread ended: ${why}; what was not yet in a block is lost`,
    `Another one is started in ${restartDelayMs} ms.`,
    cause,
  );
}

/** Something that a receiver of the program's tells of, in its own words. */
export function failureOf(message: string, thrown: unknown): Failure {
  if (thrown === undefined || thrown === null) return { message, error: "" };
  const error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : describeThrown(thrown);
  return { message: `${message}: ${thrown instanceof Error ? thrown.message : describeThrown(thrown)}`, error };
}

function failure(what: string, remedy: string, cause?: unknown): Failure {
  const { message } = new MillraceError("RECEIVER_FAILED", what, { remedy, cause });
  const error = cause instanceof Error ? (cause.stack ?? cause.message) : "";
  return { message, error };
}

function lines(count: number): string {
  return count === 1 ? "1 line was" : `${count} lines were`;
}
