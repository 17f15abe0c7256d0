/**
 * What a function returns, where its text says so: array literals of one length, or object literals with the same names. Such a
 * result is new, is no instance of a class, and has no property besides: the engine need not look, may keep its fields
 * in columns, and may hand it on as it is, since nobody else has it. The same holds for the literals inside.
 */
import type { ArrayExpression, Expression, Node, ObjectExpression, Statement } from "acorn";
import { isSameShape, type LiteralShape } from "../core/record-shape.ts";
import { childrenOf, isCode, type ParsedFunction } from "./function-text.ts";

/** Of larger records the code would be too long. */
const MOST_FIELDS = 8;
/** Of literals inside literals, those that lie deeper are not told apart from other values. */
const DEEPEST = 2;

/** The shape of all that the function returns, or undefined where some of it is nothing like that. */
export function resultShape({ node }: ParsedFunction): LiteralShape | undefined {
  if (!("params" in node) || node.async || node.generator) return undefined;
  if (node.body.type !== "BlockStatement") return shapeOf(node.body, 0);
  return endsWithReturn(node.body) ? oneShape([...returned(node.body)], 0) : undefined;
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

function shapeOf(expression: Expression | undefined, depth: number): LiteralShape | undefined {
  switch (expression?.type) {
    case "ArrayExpression":
      return arrayShape(expression, depth);
    case "ObjectExpression":
      return objectShape(expression, depth);
    case "ConditionalExpression":
      return oneShape([expression.consequent, expression.alternate], depth);
    default:
      return undefined;
  }
}

function oneShape(expressions: readonly (Expression | undefined)[], depth: number): LiteralShape | undefined {
  const [first, ...others] = expressions.map((expression) => shapeOf(expression, depth));
  return others.reduce((one, other) => one && other && common(one, other), first);
}

/** What both are; undefined where they are not of one shape. */
function common(one: LiteralShape, other: LiteralShape): LiteralShape | undefined {
  if (!isSameShape(one.shape, other.shape)) return undefined;
  const fields = one.fields.map((field, j) => {
    const ofOther = other.fields[j];
    return field && ofOther && common(field, ofOther);
  });
  return { shape: one.shape, fields };
}

function fieldShapes(fields: readonly Expression[], depth: number): (LiteralShape | undefined)[] {
  return fields.map((field) => (depth < DEEPEST ? shapeOf(field, depth + 1) : undefined));
}

function arrayShape({ elements }: ArrayExpression, depth: number): LiteralShape | undefined {
  const present = elements.filter((element) => element !== null && element.type !== "SpreadElement");
  if (present.length < elements.length || present.length === 0 || present.length > MOST_FIELDS) return undefined;
  return { shape: present.length, fields: fieldShapes(present, depth) };
}

function objectShape({ properties }: ObjectExpression, depth: number): LiteralShape | undefined {
  const names = new Set<string>();
  const values: Expression[] = [];
  for (const property of properties) {
    if (property.type === "SpreadElement" || property.computed || property.kind !== "init") return undefined;
    const { key, value } = property;
    const name = key.type === "Identifier" ? key.name : key.type === "Literal" ? key.value : undefined;
    // Names like numbers come first whatever their place, and what has a `then` might be awaited.
    if (typeof name !== "string" || !/^[A-Za-z_$]/.test(name) || name === "__proto__" || name === "then")
      return undefined;
    names.add(name);
    values.push(value);
  }
  if (names.size < properties.length || names.size === 0 || names.size > MOST_FIELDS) return undefined;
  return { shape: [...names], fields: fieldShapes(values, depth) };
}
