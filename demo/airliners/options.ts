/** Reads the value of a command line option as a number. */
export function numberOption(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= least && value <= most)) {
    throw new Error(`--${name} must be a number from ${least} to ${most}, not "${text}"`);
  }
  return value;
}

export function wholeOption(name: string, text: string, least: number, most: number): number {
  const value = numberOption(name, text, least, most);
  if (!Number.isInteger(value)) throw new Error(`--${name} must be a whole number, not "${text}"`);
  return value;
}
