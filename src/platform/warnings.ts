/** Tells the user of something that is not an error: on stderr, by Node's own warnings, so that they can be turned off or caught. */
export function warn(code: string, message: string): void {
  process.emitWarning(message, { type: "MillraceWarning", code });
}

const warned = new Set<string>();

/** As {@link warn}, but says the same thing only once in a process. */
export function warnOnce(code: string, message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  warn(code, message);
}
