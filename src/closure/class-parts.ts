/**
 * The parts of a class's text that a revived class must not run again, and the edits that see to it.
 *
 * What static fields and blocks did on the driver is done: their results are properties of the class and travel as
 * values. Instances are revived without running constructors, but only a constructor can give an object its `#private`
 * fields: so a class that has some gets a switch, thrown while an instance is revived, that makes its constructor and
 * field initialisers do nothing, and a writer for its private fields. A function in a static field that uses private
 * names can only be made inside the class: it is left there and handed out. Edits keep every line, and nearly every column.
 */
import type { Class, MethodDefinition, Node, PropertyDefinition, StaticBlock } from "acorn";
import type { Span } from "./free-variables.ts";
import { childrenOf, isCode, type ParsedFunction } from "./function-text.ts";

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
  /** The texts of the functions in static fields that use private names, in the order in which they are handed out. */
  readonly insiders: readonly string[];
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

/** A function in a static field; as an object's method its text is no expression. */
interface Insider extends Span {
  readonly isMethod: boolean;
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
  const emptied: { readonly gap: Span; readonly insiders: readonly Insider[] }[] = [];
  const initialisers: Span[] = [];
  let stampsInstances = false;
  let constructorBody: number | undefined;

  function empty(gap: Span, value: Node | null | undefined): void {
    const insiders = value ? insidersOf(value).map(({ isMethod, ...at }) => ({ ...span(at), isMethod })) : [];
    emptied.push({ gap, insiders });
    let { start } = gap;
    for (const insider of insiders) {
      removed.push({ start, end: insider.start });
      start = insider.end;
    }
    removed.push({ start, end: gap.end });
  }

  for (const element of elements) {
    if (element.type === "StaticBlock") {
      empty(span(element), undefined);
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
      if (value && element.static) empty({ start: key.end - offset, end: value.end - offset }, value);
      else if (value) initialisers.push(span(value));
    } else if (element.static) empty(span(element), value);
    else {
      if (value) initialisers.push(span(value));
      if (computed) fieldKeys.push(span(key));
    }
  }

  /** As long as what it replaces, where that is possible. */
  function replacement({ start, end }: Span, by: string): Edit {
    const room = blank(text.slice(start, end));
    const spare = Math.min(by.length, /^ */.exec(room)![0].length);
    return { start, end, text: by + room.slice(spare) };
  }

  /** Leaves nothing in a static element but the functions that need to be there. */
  function emptying({ start, end }: Span, insiders: readonly Insider[], hook: string): Edit[] {
    const edits: Edit[] = [];
    let from = start;
    let before = ";";
    for (const { start, end, isMethod } of insiders) {
      const [open, close] = isMethod ? [`${hook}.method({`, "})"] : ["", ""];
      before += `${edits.length === 0 ? "static{" : ""}${hook}.insiders.push(${open}`;
      edits.push(replacement({ start: from, end: start }, before));
      before = `${close});`;
      from = end;
    }
    edits.push(replacement({ start: from, end }, edits.length > 0 ? `${before}}` : before));
    return edits;
  }

  function edits(hook: string, superclassName: string): Edit[] {
    const edits = emptied.flatMap(({ gap, insiders }) => emptying(gap, insiders, hook));
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
  const insiders = emptied.flatMap(({ insiders }) => insiders.map(({ start, end }) => text.slice(start, end)));
  return { superclass, memberTexts, computedMethods, removed, insiders, ...fields, edits };
}

/** The outermost functions in a static field's value that use private names: none of them sees variables of another. */
function insidersOf(value: Node): Insider[] {
  const { method, kind, value: inner } = value as { method?: boolean; kind?: string; value?: Node };
  const isMethod = value.type === "Property" && (method || kind !== "init");
  if (value.type === "ClassExpression") return [];
  if (isMethod || isCode(value))
    return usesPrivateNames(isMethod ? inner! : value) ? [{ start: value.start, end: value.end, isMethod }] : [];
  return [...childrenOf(value)].flatMap(insidersOf);
}

function usesPrivateNames(node: Node): boolean {
  return node.type === "PrivateIdentifier" || [...childrenOf(node)].some(usesPrivateNames);
}

function isNull(node: Class["superClass"]): boolean {
  return node?.type === "Literal" && node.value === null;
}

/** The same lines and columns, with nothing on them. */
export function blank(text: string): string {
  return text.replace(/[^\n\r\u2028\u2029]/g, " ");
}
