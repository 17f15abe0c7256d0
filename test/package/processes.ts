/** Programs run to their end, and npm, with nothing of the npm that runs the tests. */
import { spawn } from "node:child_process";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(file: string, args: readonly string[], cwd: string, deadlineMs = 120_000): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: deadlineMs,
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs a script on the Node that the tests run on. */
export function node(args: readonly string[], cwd: string): Promise<Outcome> {
  return run(process.execPath, args, cwd);
}

export function npm(args: readonly string[], cwd: string): Promise<Outcome> {
  return run("npm", [...args, "--no-update-notifier"], cwd);
}

/** npm tells the scripts that it runs where it runs them; another npm below would take that for its own settings. */
function environment(): NodeJS.ProcessEnv {
  const ofNpm = /^npm_(config_local_prefix|config_prefix|command|execpath|lifecycle|node_execpath|package)|^INIT_CWD$/;
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !ofNpm.test(name) && name !== "NODE_OPTIONS"),
  );
}

/** Whether npm failed because it could not reach its registry. */
export function isUnreachable({ stderr }: Outcome): boolean {
  return /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|network/.test(stderr);
}
