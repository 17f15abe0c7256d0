/** What feeds the input streams of a context: loaded with the first of them, not with millrace. */
export { ConstantInputDStream } from "./constant-input.ts";
export { FileInputDStream } from "./file-input.ts";
export { QueueInputDStream } from "./queue-input.ts";
export {
  FramedSocketInputDStream,
  PluggedReceiverInputDStream,
  RawSocketInputDStream,
  SocketInputDStream,
} from "./receiver-input.ts";
