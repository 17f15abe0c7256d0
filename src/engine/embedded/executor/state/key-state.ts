import type { AsciiTexts } from "../../../../core/ascii-texts.ts";
import { MillraceError } from "../../../../errors.ts";
import { MemoryStateStore } from "../../../../state/memory-store.ts";
import type { StateStore } from "../../../../state/state-store.ts";

/**
 * The state of one key, as a function of `mapWithState` gets it: one object for a whole partition, set upon each key in
 * turn. What the function does to it reaches the store when it has returned.
 */
export class KeyState {
  readonly #store: StateStore;
  /** The same, where it is one that is used by places: a key is looked for once. */
  readonly #places: MemoryStateStore | undefined;
  readonly #time: number;
  readonly #touches: boolean;
  #key: unknown;
  #place = -1;
  #value: unknown;
  #updated = false;
  #removed = false;
  #timingOut = false;
  /** Whether a function runs that may use it. */
  #open = false;

  /** `touches` says whether a function that finds a value touches its key, whatever it does. */
  constructor(store: StateStore, time: number, touches: boolean) {
    this.#store = store;
    this.#places = store instanceof MemoryStateStore ? store : undefined;
    this.#time = time;
    this.#touches = touches;
  }

  exists(): boolean {
    return this.#value !== undefined;
  }

  get(): unknown {
    if (this.#value !== undefined) return this.#value;
    throw new MillraceError("STATE_MISUSED", "get() was called on a state that is not set", {
      remedy: "Ask exists() first, or use getOption().",
    });
  }

  getOption(): unknown {
    return this.#value;
  }

  update(value: unknown): void {
    this.#checkChangeable("update");
    if (value === undefined) {
      throw new MillraceError("STATE_MISUSED", "a state was updated to undefined", {
        remedy: "Call remove() to remove it; null is a value.",
      });
    }
    this.#value = value;
    this.#updated = true;
  }

  remove(): void {
    this.#checkChangeable("remove");
    this.#value = undefined;
    this.#removed = true;
    this.#updated = false;
  }

  isTimingOut(): boolean {
    return this.#timingOut;
  }

  /** @internal Looks for the keys of pairs, or for keys, that are about to come. */
  lookAhead(pairs: readonly unknown[] | AsciiTexts): void {
    this.#places?.lookAhead(pairs);
  }

  /** @internal Sets it upon a key. */
  seek(key: unknown): void {
    if (this.#places === undefined) this.#begin(key, this.#store.get(key));
    else this.#beginAt(this.#places.find(key), key, this.#places);
  }

  /** @internal Sets it upon the key of pair `i` of those that were looked for last. */
  seekAhead(i: number, key: unknown): void {
    if (this.#places === undefined) this.#begin(key, this.#store.get(key));
    else this.#beginAt(this.#places.findAhead(i, key), key, this.#places);
  }

  #beginAt(place: number, key: unknown, places: MemoryStateStore): void {
    this.#place = place;
    this.#begin(key, place === -1 ? undefined : places.valueAt(place));
  }

  #begin(key: unknown, value: unknown): void {
    this.#key = key;
    this.#value = value;
    this.#updated = false;
    this.#removed = false;
    this.#open = true;
  }

  /** @internal The function has returned: what it did goes to the store. */
  settle(): void {
    this.#open = false;
    const places = this.#places;
    if (this.#removed) {
      if (places === undefined) this.#store.remove(this.#key);
      else if (this.#place !== -1) places.removeAt(this.#place);
    } else if (this.#updated || (this.#touches && this.#value !== undefined)) {
      if (places === undefined) this.#store.put(this.#key, this.#value, this.#time);
      else places.setAt(this.#place === -1 ? places.insert(this.#key) : this.#place, this.#value, this.#time);
    }
  }

  /** @internal Sets it upon a key whose time is over. */
  seekTimedOut(key: unknown, value: unknown): void {
    this.#begin(key, value);
    this.#timingOut = true;
  }

  /** @internal The function has returned: the key goes. */
  settleTimedOut(): void {
    this.#open = false;
    this.#timingOut = false;
    this.#store.remove(this.#key);
  }

  #checkChangeable(what: string): void {
    if (this.#timingOut) {
      throw new MillraceError("STATE_MISUSED", `${what}() was called on a state that is timing out`, {
        remedy: "Ask isTimingOut() first: its key is removed after the call.",
      });
    }
    if (this.#removed) {
      throw new MillraceError("STATE_MISUSED", `${what}() was called on a state that has been removed`, {
        remedy: "Let remove() be the last thing that is done to it in a call.",
      });
    }
    if (!this.#open) {
      throw new MillraceError("STATE_MISUSED", `${what}() was called on a state after its function had returned`, {
        remedy: "Do not keep the state beyond the call; keep what get() returns.",
      });
    }
  }
}
