/** Which instances of classes can cross to another thread: those whose substance is in properties that anyone can see. */
import { functionCode } from "../closure/function-code.ts";
import { platformOrigin } from "../closure/host-objects.ts";
import { type Codec, codec } from "./codec.ts";
import { asyncResult, unserialisable } from "./refusals.ts";

export interface InstanceKind {
  /** Undefined for an object without a prototype. */
  readonly owner: Function | undefined;
  readonly codec: Codec | undefined;
}

/** Classes of the platform that a class may extend: v8.serialize carries what only they see. */
const CARRIED_BASES = new Set<unknown>([
  ...[Array, Map, Set, Date, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError],
  AggregateError,
]);

const kinds = new WeakMap<object, InstanceKind>();
const NO_PROTOTYPE: InstanceKind = { owner: undefined, codec: undefined };

/** Throws `ASYNC_RESULT` for a promise, `UNSERIALISABLE_RECORD` for what else cannot cross. */
export function instanceKind(value: object, prototype: object | null): InstanceKind {
  if (prototype === null) return NO_PROTOTYPE;
  const known = kinds.get(prototype);
  if (known !== undefined) return known;
  const kind = findKind(value, prototype);
  kinds.set(prototype, kind);
  return kind;
}

function findKind(value: object, prototype: object): InstanceKind {
  const owner = ownerOf(prototype);
  const own = owner && codecOf(owner);
  if (owner && own) return { owner, codec: own };
  if (typeof (value as { then?: unknown }).then === "function") throw asyncResult();
  if (owner === undefined) throw unserialisable("an object whose prototype is that of no class");
  const name = owner.name || "an anonymous class";
  for (let at: object | null = prototype; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    const ancestor = ownerOf(at);
    if (ancestor === undefined)
      throw unserialisable(`an instance of ${name}, whose prototypes are not those of classes`);
    if (CARRIED_BASES.has(ancestor)) break;
    const origin = platformOrigin(ancestor);
    if (origin) {
      const what =
        ancestor === owner ? `an instance of ${name}` : `an instance of ${name}, which extends ${ancestor.name},`;
      throw unserialisable(what, `What it is lies in the platform (${origin}). ${remedyFor(name)}`);
    }
    if (hasPrivateFields(ancestor)) {
      const whose = ancestor === owner ? "its" : `the inherited`;
      throw unserialisable(
        `an instance of ${name}, and ${whose} #private fields only the class can see`,
        remedyFor(name),
      );
    }
  }
  return { owner, codec: undefined };
}

function remedyFor(name: string): string {
  return (
    `Give ${name} a codec, static [Symbol.for("millrace.codec")] = { encode: (instance) => data, decode: (data) => instance } ` +
    '(in TypeScript static [codec], imported from "millrace"), or emit plain data and make the instance where it is used.'
  );
}

/** The class or constructor function whose `prototype` this is. */
export function ownerOf(prototype: object): Function | undefined {
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof owner === "function" && owner.prototype === prototype ? owner : undefined;
}

function hasPrivateFields(owner: Function): boolean {
  const text = Function.prototype.toString.call(owner);
  return text.startsWith("class") && text.includes("#") && (functionCode(text).classParts?.stampsInstances ?? false);
}

/** The class's own codec: one that it inherits would make instances of the class above. */
export function codecOf(owner: Function): Codec | undefined {
  if (!Object.hasOwn(owner, codec)) return undefined;
  const own: unknown = Reflect.get(owner, codec);
  const { encode, decode } = Object(own) as Partial<Codec>;
  if (typeof encode === "function" && typeof decode === "function") return own as Codec;
  throw unserialisable(
    `an instance of ${owner.name}, whose codec has no encode or no decode`,
    "A codec is { encode: (instance) => data, decode: (data) => instance }.",
  );
}
