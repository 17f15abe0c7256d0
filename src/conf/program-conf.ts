import { describeThrown, MillraceError } from "../errors.ts";
import { environmentVariable } from "../platform/environment.ts";
import { readTextIfThere } from "../platform/files.ts";
import { SparkConf } from "../spark-conf.ts";

/** Where settings are read from when `MILLRACE_PROPERTIES` names no other file. */
const DEFAULT_FILE = "millrace.properties";

/**
 * The settings of a program: those of its code, then those of the variable `MILLRACE_CONF`, then those of a properties file,
 * `MILLRACE_PROPERTIES` or `millrace.properties` in the working directory. The first that sets a key wins.
 *
 * Both are read as `key=value` or `key value`, as in spark-defaults.conf; a setting ends at a newline, in the variable at a
 * semicolon too, and `#` begins a comment.
 */
export function programConf(code: SparkConf): SparkConf {
  const variable = environmentVariable("MILLRACE_CONF") ?? "";
  const named = environmentVariable("MILLRACE_PROPERTIES");
  const text = readProperties(named ?? DEFAULT_FILE);
  if (text === undefined && named !== undefined) throw unreadable(named, "there is no such file");
  return code
    .orElse(new SparkConf(parse(variable.replaceAll(";", "\n"), "MILLRACE_CONF")))
    .orElse(new SparkConf(parse(text ?? "", named ?? DEFAULT_FILE)));
}

function readProperties(path: string): string | undefined {
  try {
    return readTextIfThere(path);
  } catch (cause) {
    throw unreadable(path, describeThrown(cause), cause);
  }
}

function unreadable(path: string, why: string, cause?: unknown): MillraceError {
  return new MillraceError("FILE_UNREADABLE", `the properties file ${path} cannot be read: ${why}`, { cause });
}

function parse(text: string, where: string): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [i, raw] of text.split("\n").entries()) {
    const line = raw.replace(/(^|\s)#.*/, "").trim();
    if (line === "") continue;
    const [, key, value] = /^([^\s=]+)\s*[=\s]\s*(.+)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) {
      throw new MillraceError("INVALID_ARGUMENT", `line ${i + 1} of ${where} is no setting: ${line}`, {
        remedy: "Write key=value, a setting a line.",
      });
    }
    settings[key] ??= value;
  }
  return settings;
}
