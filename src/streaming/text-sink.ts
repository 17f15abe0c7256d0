/** Where a context writes what `print()` shows. The global `console` is one. */
export interface TextSink {
  log(text: string): void;
}
