import { DefaultDeserializer } from "node:v8";

/** A method that v8's types leave out. */
const Reader = DefaultDeserializer as unknown as new (
  bytes: Uint8Array,
) => DefaultDeserializer & { _readHostObject(): NodeJS.ArrayBufferView };

/**
 * Reads what `v8.serialize` has written, as `v8.deserialize` does, but for arrays of bytes and the like: those are views of the memory that
 * is read there, and get memory of their own here. A state or a program may keep them, and change them; the block that they came
 * from is others' too, and its memory is used again.
 */
class ValueReader extends Reader {
  override _readHostObject(): NodeJS.ArrayBufferView {
    const view = super._readHostObject();
    if (view instanceof DataView) {
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      return new DataView(bytes.slice().buffer);
    }
    // A Buffer's own `slice` is a view.
    return Uint8Array.prototype.slice.call(view);
  }
}

export function readValue(bytes: Uint8Array): unknown {
  const reader = new ValueReader(bytes);
  reader.readHeader();
  return reader.readValue();
}
