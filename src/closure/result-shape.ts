/**
 * What a function returns, where its text says so: array literals of one length, or object literals with the same names. Such a
 * result is new, is no instance of a class, and has no property besides: the engine need not look, and may keep its fields
 * in columns.
 */
import type { ArrayExpression, Expression, Node, ObjectExpression, Statement } from "acorn";
import { isSameShape, type RecordShape } from "../core/record-shape.ts";
import { childrenOf, isCode, type ParsedFunction } from "./function-text.ts";

/** Of larger records the code would be too long. */
const MOST_FIELDS = 8;

/** The shape of all that the function returns, or undefined where some of it is nothing like that. */
export function resultShape({ node }: ParsedFunction): RecordShape | undefined {
  if (!("params" in node) || node.async || node.generator) return undefined;
  if (node.body.type !== "BlockStatement") return shapeOf(node.body);
  return endsWithReturn(node.body) ? oneShape([...returned(node.body)]) : undefined;
}

/** What is returned in a function's body, but not in the functions inside; undefined for a mere `return`. */
function* returned(node: Node): Generator<Expression | undefined> {
  if (isCode(node)) return;
  if (node.type === "ReturnStatement") yield (node as { argument?: Expression | null }).argument ?? undefined;
  else for (const child of childrenOf(node)) yield* returned(child);
}

/** Whether the end of a statement is never reached. That of others than these might not be, either. */
function endsWithReturn(statement: Statement | null | undefined): boolean {
  switch (statement?.type) {
    case "ReturnStatement":
    case "ThrowStatement":
      return true;
    case "BlockStatement":
      return endsWithReturn(statement.body.at(-1));
    case "IfStatement":
      return endsWithReturn(statement.consequent) && endsWithReturn(statement.alternate);
    default:
      return false;
  }
}

function shapeOf(expression: Expression | undefined): RecordShape | undefined {
  switch (expression?.type) {
    case "ArrayExpression":
      return lengthOf(expression);
    case "ObjectExpression":
      return namesOf(expression);
    case "ConditionalExpression":
      return oneShape([expression.consequent, expression.alternate]);
    default:
      return undefined;
  }
}

function oneShape(expressions: readonly (Expression | undefined)[]): RecordShape | undefined {
  const [first, ...others] = expressions.map(shapeOf);
  if (first === undefined) return undefined;
  return others.every((shape) => shape !== undefined && isSameShape(first, shape)) ? first : undefined;
}

function lengthOf({ elements }: ArrayExpression): number | undefined {
  const hasAll = elements.every((element) => element !== null && element.type !== "SpreadElement");
  return hasAll && elements.length > 0 && elements.length <= MOST_FIELDS ? elements.length : undefined;
}

function namesOf({ properties }: ObjectExpression): readonly string[] | undefined {
  const names = new Set<string>();
  for (const property of properties) {
    if (property.type === "SpreadElement" || property.computed || property.kind !== "init") return undefined;
    const { key } = property;
    const name = key.type === "Identifier" ? key.name : key.type === "Literal" ? key.value : undefined;
    // Names like numbers come first whatever their place, and what has a `then` might be awaited.
    if (typeof name !== "string" || !/^[A-Za-z_$]/.test(name) || name === "__proto__" || name === "then")
      return undefined;
    names.add(name);
  }
  return names.size === properties.length && names.size > 0 && names.size <= MOST_FIELDS ? [...names] : undefined;
}
