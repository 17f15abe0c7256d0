/** The page of the documentation that lists the settings, made of the table that reads them. */
import { CONF_KEYS, type ConfKey, INERT_KEYS } from "../src/conf/keys.ts";

export const CONFIGURATION_PAGE = "docs/configuration.md";

const UNITS: Readonly<Record<ConfKey["kind"], string>> = {
  string: "text",
  integer: "whole number",
  number: "number",
  limit: "whole number; 0 or less for none",
  boolean: "`true` or `false`",
  duration: "duration",
  bytes: "size",
  pattern: "regular expression",
  "log level": "log level",
};

/** What {@link CONFIGURATION_PAGE} must say, as the sources are now. */
export function configurationPage(): string {
  return `${INTRODUCTION}
## Settings

| key | kind | default | what it does |
| --- | --- | --- | --- |
${Object.entries(CONF_KEYS)
  .map(([key, conf]) => row(key, conf))
  .join("\n")}

## Known to Spark, without effect here

Setting one of these warns once.

| keys | why |
| --- | --- |
${[...inertByReason()].map(([reason, keys]) => `| ${keys.map(code).join(" ")} | ${reason} |`).join("\n")}
`;
}

const INTRODUCTION = `# Configuration

Settings have Spark's keys where Spark has them. The first of these that sets a key wins:

1. the program: \`new StreamingContext({ master, appName, conf: { "spark.streaming.blockInterval": "50ms" }, ... })\`
2. the variable \`MILLRACE_CONF\`: \`MILLRACE_CONF="spark.master=local[4];spark.app.name=words" node words.ts\`
3. a properties file: \`millrace.properties\` in the working directory, or the one that \`MILLRACE_PROPERTIES\` names; one
   \`key=value\` a line

A \`spark.streaming.*\` or \`millrace.*\` key that does not exist is \`UNKNOWN_CONF\`, with the nearest one that does; a value that
cannot be read is \`INVALID_ARGUMENT\`. Other \`spark.*\` keys are kept, for \`sc.conf.get(key)\`.

A duration is a number of milliseconds, or has a unit (\`200ms\`, \`10 seconds\`, \`1m\`); a size is a number of bytes, or has one
(\`64k\`, \`256m\`, \`1g\`).

<!-- Written by \`npm run api\` from src/conf/keys.ts; a test compares. -->
`;

function row(key: string, { kind, default: standard, doc }: ConfKey): string {
  // Where there is no default value, the doc says what stands in.
  return `| ${code(key)} | ${UNITS[kind]} | ${standard === undefined ? "see there" : code(standard)} | ${escaped(doc)} |`;
}

function inertByReason(): Map<string, string[]> {
  const keys = Map.groupBy(Object.entries(INERT_KEYS), ([, reason]) => reason);
  return new Map([...keys].map(([reason, entries]) => [reason, entries.map(([key]) => key)]));
}

function code(text: string): string {
  return text === "" ? "none" : `\`${escaped(text)}\``;
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}
