/** Tells the user of something that is not an error: on stderr, by Node's own warnings, so that they can be turned off or caught. */
export function warn(code: string, message: string): void {
  process.emitWarning(message, { type: "MillraceWarning", code });
}
