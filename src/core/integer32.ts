/** Whether a number survives as 32 bits, which -0 does not. */
export function isInteger32(value: number): boolean {
  return (value | 0) === value && (value !== 0 || 1 / value > 0);
}
