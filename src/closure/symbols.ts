/** Symbols as they cross threads: by what every thread knows them by, or by the driver's number for them. */
import type { Inline } from "./graph.ts";
import { adoptIdentity, knownIdentityOf, symbolWithIdentity } from "./identity.ts";
import { wellKnownName } from "./intrinsics.ts";

type EverywhereNamed = Extract<Inline, { registered: string } | { wellKnown: string }>;

export interface NumberedSymbol {
  readonly id: number;
  readonly description: string | undefined;
}

export type SymbolName = EverywhereNamed | NumberedSymbol;

/** The name of a symbol that every thread has: `Symbol.for(key)`, or a well-known one. */
export function inlineSymbol(symbol: symbol): EverywhereNamed | undefined {
  const registered = Symbol.keyFor(symbol);
  if (registered !== undefined) return { registered };
  const wellKnown = wellKnownName(symbol);
  return wellKnown === undefined ? undefined : { wellKnown };
}

/** What another thread can find a symbol by; undefined for one that nobody but this thread knows. */
export function symbolName(symbol: symbol): SymbolName | undefined {
  const inline = inlineSymbol(symbol);
  if (inline) return inline;
  const id = knownIdentityOf(symbol);
  return id === undefined ? undefined : { id, description: symbol.description };
}

export function symbolNamed(name: SymbolName): symbol {
  if ("registered" in name) return Symbol.for(name.registered);
  return "wellKnown" in name ? (Reflect.get(Symbol, name.wellKnown) as symbol) : numberedSymbol(name);
}

/** One symbol in a thread for each number, whatever arrives first, a function that uses it or a record. */
export function numberedSymbol({ id, description }: NumberedSymbol): symbol {
  const known = symbolWithIdentity(id);
  if (known) return known;
  const made = Symbol(description);
  adoptIdentity(made, id);
  return made;
}
