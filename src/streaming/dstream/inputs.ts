/** What feeds the input streams of a context: loaded with the first of them, not with millrace. */
export { ConstantInputDStream } from "./constant-input.ts";
export { FileInputDStream } from "./file-input.ts";
export { QueueInputDStream } from "./queue-input.ts";
export { framedSocketInput, PluggedInputDStream, rawSocketInput, socketTextInput } from "./receiver-input.ts";
