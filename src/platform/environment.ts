/** The process's environment variables. */
export function environmentVariable(name: string): string | undefined {
  return process.env[name];
}

/** What runs the program, for people. */
export interface ProcessFacts {
  readonly nodeVersion: string;
  readonly v8Version: string;
  readonly executable: string;
  readonly platform: string;
  readonly pid: number;
  readonly workingDirectory: string;
  /** As it was started: Node's own options, the program, its arguments. */
  readonly commandLine: readonly string[];
}

export function processFacts(): ProcessFacts {
  return {
    nodeVersion: process.version,
    v8Version: process.versions.v8,
    executable: process.execPath,
    platform: `${process.platform} ${process.arch}`,
    pid: process.pid,
    workingDirectory: process.cwd(),
    commandLine: [...process.execArgv, ...process.argv.slice(1)],
  };
}
