/** How a task learns that it is no longer wanted. */
export class TaskCancellation {
  readonly #flagged: () => boolean;
  #cancelled = false;
  #controller: AbortController | undefined;

  /** `flagged` looks at what another thread can set while this one runs a loop. */
  constructor(flagged: () => boolean = () => false) {
    this.#flagged = flagged;
  }

  cancel(): void {
    this.#cancelled = true;
    this.#controller?.abort();
  }

  /** Looked at between chunks; cheap. */
  requested(): boolean {
    return this.#cancelled || this.#flagged();
  }

  /** For code that awaits something. Made when it is first asked for: most tasks never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#cancelled) this.#controller.abort();
    return this.#controller.signal;
  }
}
