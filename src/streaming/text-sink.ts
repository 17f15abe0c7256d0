/** Where a context writes for people: what `print()` shows, and the failures of batches. The global `console` is one. */
export interface TextSink {
  log(text: string): void;
  error(text: string): void;
}
