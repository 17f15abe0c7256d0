/** Temporary folders: a copy of the checkout, which may be packed without disturbing it, and the projects of users. */
import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm, type Outcome, run } from "./processes.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export class Folder {
  /** With no links in it, as Node names files. */
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), "millrace-package-")));

  write(name: string, text: string): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), "utf8");
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A user's project: ES modules, and what it installs. */
export class Project extends Folder {
  install(packages: readonly string[]): Promise<Outcome> {
    this.write("package.json", JSON.stringify({ private: true, type: "module" }));
    // Compilers and bundlers take the next one up, whoever has left one there.
    this.write("tsconfig.json", "{}");
    return npm(["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", ...packages], this.path);
  }
}

/** What packing needs of the checkout: packing changes package.json for a moment, and others work here. */
export function checkout(): Folder {
  const folder = new Folder();
  for (const name of [
    "src",
    "scripts",
    "ui",
    ...readdirSync(ROOT).filter((one) => /\.(json|md)$|^LICENSE$|^\.npmrc$/.test(one)),
  ]) {
    cpSync(join(ROOT, name), join(folder.path, name), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder.path, "node_modules"));
  return folder;
}

/** Packs a checkout; returns the path of the tarball. */
export async function pack(folder: Folder): Promise<string> {
  const { code, stdout, stderr } = await npm(["pack", "--json", "--silent"], folder.path);
  assert.equal(code, 0, `npm pack: ${stderr}${stdout}`);
  const name = readdirSync(folder.path).find((one) => one.endsWith(".tgz"));
  assert.ok(name, `npm pack left no tarball: ${stdout}`);
  return join(folder.path, name);
}

/** The files of a package, below the folder that has the tarball; returns the folder they are in. */
export async function unpack(tarball: string): Promise<string> {
  const { code, stderr } = await run("tar", ["-xzf", tarball], dirname(tarball));
  assert.equal(code, 0, stderr);
  return join(dirname(tarball), "package");
}
