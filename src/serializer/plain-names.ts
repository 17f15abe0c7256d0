import { RecordNames } from "../closure/class-names.ts";
import { inlineSymbol, type SymbolName } from "../closure/symbols.ts";
import { unserialisable } from "./refusals.ts";

/** For records that go to a process which knows nothing of this one's classes. */
export class PlainNames extends RecordNames {
  override nameOf(owner: Function): never {
    throw unserialisable(
      `an instance of ${owner.name || "an anonymous class"}, which is not plain data`,
      "Send what it consists of, and make the instance where it is received.",
    );
  }

  override symbolName(symbol: symbol): SymbolName | undefined {
    return inlineSymbol(symbol);
  }
}
