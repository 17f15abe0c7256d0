/** The layers of src/, lowest first. A file may import from its own layer and from those below it. */
import type { Import, SourceFile } from "./sources.ts";

export const LAYERS: readonly (readonly string[])[] = [
  ["errors.ts", "platform/", "core/"],
  ["spark-conf.ts", "conf/", "closure/", "serializer/", "filesystem/", "state/"],
  ["rdd/"],
  ["engine/"],
  ["spark-context.ts"],
  ["streaming/"],
  ["connectors/", "ml/", "sql/", "ui/", "metrics/", "testing/"],
  ["cli/", "index.ts"],
];

/** What the layers alone would allow. */
const FORBIDDEN: readonly { readonly from: RegExp; readonly to: RegExp; readonly why: string }[] = [
  { from: /^src\/streaming\//, to: /^src\/engine\//, why: "streaming makes RDDs and knows no engine" },
  {
    from: /^src\/engine\/embedded\/executor\//,
    to: /^src\/engine\/embedded\/(?!executor\/)/,
    why: "what runs in executor threads knows nothing of the driver; shared files live in executor/ or below the engine",
  },
];

/** The layer of a file by its path from the root, or undefined where none names it. */
export function layerOf(path: string): number | undefined {
  const index = LAYERS.findIndex((layer) =>
    layer.some((part) => (part.endsWith("/") ? path.startsWith(`src/${part}`) : path === `src/${part}`)),
  );
  return index === -1 ? undefined : index;
}

/** Everything that breaks the order of the layers, as `file:line: what`. */
export function layerViolations(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  return files.flatMap((file) => {
    if (layerOf(file.path) === undefined)
      return [`${file.path}: belongs to no layer; name its folder in test/architecture/layers.ts`];
    return file.imports.flatMap((one) => {
      const what = violation(file.path, one, known);
      return what ? [`${file.path}:${one.line}: ${what}`] : [];
    });
  });
}

function violation(path: string, { file, typeOnly }: Import, known: ReadonlySet<string>): string | undefined {
  if (file === undefined) return undefined;
  const kind = typeOnly ? "the type of " : "";
  if (!known.has(file)) return `imports ${file}, which is not there`;
  const [from, to] = [layerOf(path), layerOf(file)];
  if (from !== undefined && to !== undefined && to > from)
    return `imports ${kind}${file} from a layer above (L${from} -> L${to})`;
  const rule = FORBIDDEN.find((each) => each.from.test(path) && each.to.test(file));
  return rule && `imports ${kind}${file}: ${rule.why}`;
}

/** The cycles among imports of values, each as the files along it. */
export function importCycles(files: readonly SourceFile[]): string[][] {
  const graph = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.filter((one) => !one.typeOnly && one.file).map((one) => one.file!),
    ]),
  );
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start !== -1) return void cycles.push([...trail.slice(start), path]);
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}
