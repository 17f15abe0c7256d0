/** What a function's text takes from around it: its free variables, and the other things only its surroundings have. */
import type { Identifier, Node, Program } from "acorn";
import type { Program as EstreeProgram } from "estree";
import { childrenOf, isCode, type ParsedFunction } from "./function-text.ts";
import { eslintScope } from "./parsers.ts";

/** A stretch of the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Use extends Span {
  /** How the variable stands there, for a rewriting to respect: `{ n }`, `n()`, or anything else. */
  readonly form: "shorthand" | "called" | "plain";
}

export interface FreeVariable {
  readonly name: string;
  readonly assigned: boolean;
  /** Set when every use is `name.member`: these members. */
  readonly members: readonly string[] | undefined;
  readonly uses: readonly Use[];
}

/** Things that a text can only have inside its original surroundings. `arguments` counts as a free variable. */
export interface Surroundings {
  readonly usesThis: boolean;
  readonly usesSuper: boolean;
  readonly usesNewTarget: boolean;
  /** Direct `eval` or `with`: any variable may be meant. */
  readonly isDynamic: boolean;
  /** Private names of a class around the text. */
  readonly privateNames: readonly string[];
  readonly importMetas: readonly Span[];
}

/** `ignored` are stretches that will not be shipped, as the superclass expression of a class. */
export function freeVariables(parsed: ParsedFunction, ignored: readonly Span[]): FreeVariable[] {
  const { offset, text } = parsed;
  const parents = parentsIn(parsed.program);
  const scopes = eslintScope().analyze(parsed.program as EstreeProgram, {
    ecmaVersion: 2025 as never,
    sourceType: "script",
    ignoreEval: true,
  });
  const found = new Map<string, { assigned: boolean; members: Set<string> | undefined; uses: Use[] }>();
  for (const reference of scopes.globalScope?.through ?? []) {
    const identifier = reference.identifier as unknown as Identifier;
    const start = identifier.start - offset;
    const end = identifier.end - offset;
    if (start < 0 || end > text.length) continue;
    if (ignored.some((span) => start >= span.start && end <= span.end)) continue;
    const variable = found.get(identifier.name) ?? { assigned: false, members: new Set(), uses: [] };
    found.set(identifier.name, variable);
    variable.assigned ||= reference.isWrite();
    const member = memberOf(identifier, parents);
    if (member === undefined) variable.members = undefined;
    else variable.members?.add(member);
    variable.uses.push({ start, end, form: formOf(identifier, parents) });
  }
  return Array.from(found, ([name, { assigned, members, uses }]) => ({
    name,
    assigned,
    members: members && [...members],
    uses,
  }));
}

function memberOf(identifier: Identifier, parents: Map<Node, Node>): string | undefined {
  const parent = parents.get(identifier) as (Node & { object?: Node; property?: Node; computed?: boolean }) | undefined;
  if (parent?.type !== "MemberExpression" || parent.object !== identifier || parent.computed) return undefined;
  return parent.property?.type === "Identifier" ? (parent.property as Identifier).name : undefined;
}

function formOf(identifier: Identifier, parents: Map<Node, Node>): Use["form"] {
  const parent = parents.get(identifier) as (Node & { callee?: Node; tag?: Node; shorthand?: boolean }) | undefined;
  if (parent?.type === "CallExpression" && parent.callee === identifier) return "called";
  if (parent?.type === "TaggedTemplateExpression" && parent.tag === identifier) return "called";
  // In `({ n = 1 } = o)` a default stands between the property and the name.
  const property = parent?.type === "AssignmentPattern" ? parents.get(parent) : parent;
  const isShorthand = property?.type === "Property" && (property as { shorthand?: boolean }).shorthand === true;
  return isShorthand && (property as unknown as { key: Node }).key.start === identifier.start ? "shorthand" : "plain";
}

function parentsIn(program: Program): Map<Node, Node> {
  const parents = new Map<Node, Node>();
  const visit = (node: Node) => {
    for (const child of childrenOf(node)) {
      parents.set(child, node);
      visit(child);
    }
  };
  visit(program);
  return parents;
}

/** Where a node stands: what `this`, `super` and `#names` belong to. */
interface Standing {
  /** Whether a function of the text's own gives `this` and `new.target`. */
  readonly ownThis: boolean;
  readonly ownSuper: boolean;
  readonly privateNames: ReadonlySet<string>;
}

export function surroundingsOf({ node: root, kind, offset }: ParsedFunction): Surroundings {
  const found = {
    usesThis: false,
    usesSuper: false,
    usesNewTarget: false,
    isDynamic: false,
    privateNames: new Set<string>(),
    importMetas: [] as Span[],
  };

  function visit(node: Node, standing: Standing): void {
    const { ownThis, ownSuper, privateNames } = standing;
    switch (node.type) {
      case "ThisExpression":
        found.usesThis ||= !ownThis;
        break;
      case "Super":
        found.usesSuper ||= !ownSuper;
        break;
      case "PrivateIdentifier": {
        const { name } = node as unknown as { name: string };
        if (!privateNames.has(name)) found.privateNames.add(name);
        break;
      }
      case "MetaProperty":
        if ((node as unknown as { meta: Identifier }).meta.name === "new") found.usesNewTarget ||= !ownThis;
        else found.importMetas.push({ start: node.start - offset, end: node.end - offset });
        break;
      case "WithStatement":
        found.isDynamic = true;
        break;
      case "CallExpression": {
        const { callee } = node as unknown as { callee: Node };
        found.isDynamic ||= callee.type === "Identifier" && (callee as Identifier).name === "eval";
        break;
      }
      default:
    }
    for (const child of childrenOf(node)) visit(child, standingOf(child, node, standing));
  }

  const isMethod = kind !== "expression";
  const ownThis = isMethod || root.type.startsWith("Function");
  visit(root, enter(root, { ownThis, ownSuper: false, privateNames: new Set() }));
  return { ...found, privateNames: [...found.privateNames] };
}

/** How things stand inside `child`, which is a part of `parent`. */
function standingOf(child: Node, parent: Node, standing: Standing): Standing {
  const { key, value } = parent as { key?: Node; value?: Node };
  const isElement = /^(MethodDefinition|PropertyDefinition|Property)$/.test(parent.type);
  if (child.type === "StaticBlock") return { ...standing, ownThis: true, ownSuper: true };
  if (isElement && child === value && child !== key && parent.type !== "Property") {
    return enter(child, { ...standing, ownThis: true, ownSuper: true });
  }
  if (parent.type === "Property" && child === value && isMethodLike(parent)) {
    return enter(child, { ...standing, ownThis: true, ownSuper: true });
  }
  return enter(child, standing);
}

function isMethodLike(property: Node): boolean {
  const { method, kind } = property as { method?: boolean; kind?: string };
  return method === true || kind === "get" || kind === "set";
}

function enter(node: Node, standing: Standing): Standing {
  if (!isCode(node) || node.type === "ArrowFunctionExpression") return standing;
  if (node.type === "FunctionExpression" || node.type === "FunctionDeclaration") return { ...standing, ownThis: true };
  const names = (node as unknown as { body: { body: { key?: Node & { name?: string } }[] } }).body.body
    .filter(({ key }) => key?.type === "PrivateIdentifier")
    .map(({ key }) => key!.name!);
  return { ...standing, privateNames: new Set([...standing.privateNames, ...names]) };
}
