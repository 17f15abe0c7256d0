/**
 * The parts of a class's text that a revived class must not run again, and the edits that see to it.
 *
 * What static fields and blocks did on the driver is done: their results are properties of the class and travel as
 * values. Instances are revived without running constructors, but only a constructor can give an object its `#private`
 * fields: so a class that has some gets a switch, thrown while an instance is revived, that makes its constructor and
 * field initialisers do nothing, and a writer for its private fields. Edits keep every line, and nearly every column.
 */
import type { Class, MethodDefinition, PropertyDefinition, StaticBlock } from "acorn";
import type { Span } from "./free-variables.ts";
import type { ParsedFunction } from "./function-text.ts";

export interface Edit extends Span {
  readonly text: string;
}

export interface ClassParts {
  /** The `extends` expression, unless it is `null`. */
  readonly superclass: Span | undefined;
  /** Names as `#n`, in the order in which an instance gets them. */
  readonly privateFields: readonly string[];
  readonly staticPrivateFields: readonly string[];
  /** Whether instances have private members of any kind, and so need the constructor to make them. */
  readonly stampsInstances: boolean;
  /** The texts of its methods and accessors, as their `toString` gives them. */
  readonly memberTexts: ReadonlySet<string>;
  /** Methods with computed names: the names are known by now, and the expressions are not evaluated again. */
  readonly computedMethods: readonly ComputedMethod[];
  /** Computed names of instance fields: those only the expression knows, so it is evaluated again with the class. */
  readonly fieldKeys: readonly Span[];
  /** What is taken out of the text. */
  readonly removed: readonly Span[];
  /** `hook` names a variable of the code around the class; see revive-function.ts for what it holds. */
  edits(hook: string, superclass: string): Edit[];
}

export interface ComputedMethod {
  readonly key: Span;
  readonly isStatic: boolean;
  readonly text: string;
  /** The variable that stands for the name. */
  readonly variable: string;
}

type Element = MethodDefinition | PropertyDefinition | StaticBlock;

export function classParts({ node, text, offset }: ParsedFunction): ClassParts | undefined {
  if (node.type !== "ClassExpression" && node.type !== "ClassDeclaration") return undefined;
  const { superClass, body } = node as Class;
  const span = ({ start, end }: Span) => ({ start: start - offset, end: end - offset });
  const elements = body.body as Element[];

  const superclass = superClass && !isNull(superClass) ? span(superClass) : undefined;
  const privateFields: string[] = [];
  const staticPrivateFields: string[] = [];
  const memberTexts = new Set<string>();
  const computedMethods: ComputedMethod[] = [];
  const fieldKeys: Span[] = [];
  const removed: Span[] = [];
  const initialisers: Span[] = [];
  let stampsInstances = false;
  let constructorBody: number | undefined;

  for (const element of elements) {
    if (element.type === "StaticBlock") {
      removed.push(span(element));
      continue;
    }
    const { key, value, computed } = element;
    const isPrivate = key.type === "PrivateIdentifier";
    stampsInstances ||= isPrivate && !element.static;
    if (element.type === "MethodDefinition") {
      const own = text.slice(element.start - offset, element.end - offset).replace(/^static\s+/, "");
      memberTexts.add(own);
      if (computed) {
        const variable = `$k${computedMethods.length}`;
        computedMethods.push({ key: span(key), isStatic: element.static, text: own, variable });
      }
      if (element.kind === "constructor") constructorBody = element.value.body.start + 1 - offset;
    } else if (isPrivate) {
      (element.static ? staticPrivateFields : privateFields).push(`#${key.name}`);
      if (value && element.static) removed.push({ start: key.end - offset, end: value.end - offset });
      else if (value) initialisers.push(span(value));
    } else if (element.static) removed.push(span(element));
    else {
      if (value) initialisers.push(span(value));
      if (computed) fieldKeys.push(span(key));
    }
  }

  /** As long as what it replaces, where that is possible. */
  function replacement({ start, end }: Span, name: string): Edit {
    return { start, end, text: name + blank(text.slice(start, end)).slice(name.length) };
  }

  function edits(hook: string, superclassName: string): Edit[] {
    const edits = removed.map(({ start, end }) => ({ start, end, text: `;${blank(text.slice(start + 1, end))}` }));
    for (const { key, variable } of computedMethods) edits.push(replacement(key, variable));
    if (superclass) edits.push(replacement(superclass, superclassName));
    if (stampsInstances) {
      for (const { start } of initialisers) edits.push({ start, end: start, text: `${hook}.on?void 0:` });
      if (constructorBody !== undefined) {
        const bail = superclass ? `if(${hook}.on){super();return}` : `if(${hook}.on)return;`;
        edits.push({ start: constructorBody, end: constructorBody, text: bail });
      }
    }
    const writable = [...privateFields, ...staticPrivateFields];
    if (writable.length) {
      const cases = writable.map((name) => `case"${name}":o.${name}=v;break;`).join("");
      const at = body.end - 1 - offset;
      edits.push({ start: at, end: at, text: `;static{${hook}.write=(o,n,v)=>{switch(n){${cases}}}}` });
    }
    return edits;
  }

  const fields = { privateFields, staticPrivateFields, stampsInstances, fieldKeys };
  return { superclass, memberTexts, computedMethods, removed, ...fields, edits };
}

function isNull(node: Class["superClass"]): boolean {
  return node?.type === "Literal" && node.value === null;
}

/** The same lines and columns, with nothing on them. */
export function blank(text: string): string {
  return text.replace(/[^\n\r\u2028\u2029]/g, " ");
}
