/**
 * The text of a function, parsed. `Function.prototype.toString` gives it verbatim, but the text of a method is not an
 * expression on its own: it needs an object or a class around it.
 */
import type { ArrowFunctionExpression, Class, Function as FunctionNode, Node, Program, Property } from "acorn";
import { acorn } from "./parsers.ts";

export type CodeNode = FunctionNode | ArrowFunctionExpression | Class;

export interface ParsedFunction {
  /** `member`: a method that only parses inside a class, for it names private members. */
  readonly kind: "expression" | "method" | "member";
  readonly text: string;
  readonly program: Program;
  readonly node: CodeNode;
  /** The property or class element around a method. */
  readonly property: Pick<Property, "key" | "computed"> | undefined;
  /** Positions in the tree are this much greater than positions in the text. */
  readonly offset: number;
}

/** Throws a SyntaxError for a text that is not a function, as that of a native one. */
export function parseFunction(text: string): ParsedFunction {
  let failure: unknown;
  for (const { kind, before, after, pick } of SURROUNDINGS) {
    try {
      const program = acorn().parse(before + text + after, {
        ecmaVersion: "latest",
        sourceType: "script",
        ranges: true,
        allowSuperOutsideMethod: true,
        allowImportExportEverywhere: true,
        checkPrivateFields: false,
      });
      const found = pick(program);
      if (found) return { kind, text, program, offset: before.length, ...found };
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure ?? new SyntaxError("the text is not one function");
}

interface Surroundings {
  readonly kind: ParsedFunction["kind"];
  readonly before: string;
  readonly after: string;
  pick(program: Program): Pick<ParsedFunction, "node" | "property"> | undefined;
}

const SURROUNDINGS: readonly Surroundings[] = [
  {
    kind: "expression",
    before: "(",
    after: "\n)",
    pick(program) {
      const node = onlyExpression(program);
      return node && isCode(node) ? { node, property: undefined } : undefined;
    },
  },
  {
    kind: "method",
    before: "({",
    after: "\n})",
    pick(program) {
      const object = onlyExpression(program);
      if (object?.type !== "ObjectExpression" || object.properties.length !== 1) return undefined;
      const [property] = object.properties;
      if (property?.type !== "Property" || !isCode(property.value)) return undefined;
      return { node: property.value, property };
    },
  },
  {
    kind: "member",
    before: "(class extends Object {",
    after: "\n})",
    pick(program) {
      const body = onlyExpression(program);
      const element = body?.type === "ClassExpression" ? body.body.body[0] : undefined;
      return element?.type === "MethodDefinition" ? { node: element.value, property: undefined } : undefined;
    },
  },
];

function onlyExpression({ body }: Program) {
  const [statement] = body;
  return body.length === 1 && statement?.type === "ExpressionStatement" ? statement.expression : undefined;
}

export function isCode(node: Node): node is CodeNode {
  return /^(Arrow)?Function|^Class(Expression|Declaration)$/.test(node.type);
}

/** The child nodes of a node, in the order of its fields. */
export function* childrenOf(node: Node): Generator<Node> {
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) yield* value.filter(isNode);
    else if (isNode(value)) yield value;
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}
