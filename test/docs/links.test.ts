import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { documents, ROOT, read } from "./examples.ts";

interface Link {
  readonly line: number;
  readonly target: string;
}

function links(text: string): Link[] {
  return withoutCode(text)
    .split("\n")
    .flatMap((content, index) =>
      [...content.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)|^\[[^\]]+\]: (\S+)/g)].map((match) => ({
        line: index + 1,
        target: match[1] ?? match[2]!,
      })),
    )
    .filter(({ target }) => !/^[a-z][a-z+.-]*:/i.test(target));
}

/** The same lines, those within fences empty. */
function withoutCode(text: string): string {
  let fenced = false;
  return text
    .split("\n")
    .map((line) => {
      const fence = /^\s*```/.test(line);
      if (fence) fenced = !fenced;
      return fence || fenced ? "" : line.replace(/`[^`]*`/g, (code) => (/\]\(/.test(code) ? "" : code));
    })
    .join("\n");
}

/** The anchors that GitHub gives to the headings of a document. */
function anchors(text: string): Set<string> {
  const headings = [...withoutCode(text).matchAll(/^#{1,6} +(.*)$/gm)].map((match) => match[1]!);
  const named = [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map((match) => match[1]!);
  const slugs = headings.map((heading) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
  return new Set([...slugs, ...named]);
}

test("what the documents link to is there", () => {
  const broken = documents().flatMap((path) =>
    links(read(path)).flatMap(({ line, target }) => {
      const [file = "", anchor] = decodeURI(target).split("#");
      const found = file === "" ? path : normalize(join(file.startsWith("/") ? "" : dirname(path), file));
      if (!existsSync(join(ROOT, found))) return [`${path}:${line}: ${target}: there is no ${found}`];
      if (!anchor || !found.endsWith(".md") || anchors(read(found)).has(anchor)) return [];
      return [`${path}:${line}: ${target}: ${found} has no heading #${anchor}`];
    }),
  );
  assert.deepEqual(broken, []);
});

test("links and anchors are found", () => {
  const text =
    "# A `b` & C!\n[x](docs/x.md#y) ![p](p.png) [web](https://x.org)\n```md\n[no](no.md)\n```\n[ref]: ref.md\n";
  assert.deepEqual(links(text), [
    { line: 2, target: "docs/x.md#y" },
    { line: 2, target: "p.png" },
    { line: 6, target: "ref.md" },
  ]);
  assert.deepEqual([...anchors(text)], ["a-b--c"]);
});
