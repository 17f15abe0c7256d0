type Tone = "good" | "bad" | "busy" | "idle";

const TONES: Readonly<Record<string, Tone>> = {
  RUNNING: "busy",
  SUCCEEDED: "good",
  FAILED: "bad",
  ACTIVE: "busy",
  COMPLETE: "good",
  COMPLETED: "good",
  PROCESSING: "busy",
  SUCCESS: "good",
  KILLED: "bad",
};

/** One of the words that the engine has for how something stands: never by colour alone. */
export function Status({ is }: { readonly is: string }) {
  return <span class={`status status-${TONES[is] ?? "idle"}`}>{is.charAt(0) + is.slice(1).toLowerCase()}</span>;
}
