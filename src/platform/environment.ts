/** The process's environment variables. */
export function environmentVariable(name: string): string | undefined {
  return process.env[name];
}
