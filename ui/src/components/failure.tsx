/** An error's text: its first line, and all of it for who wants it. */
export function Failure({ text }: { readonly text: string | undefined }) {
  if (text === undefined || text === "") return null;
  const [first = ""] = text.split("\n", 1);
  if (first === text) return <span class="failure">{text}</span>;
  return (
    <details class="failure">
      <summary>{first}</summary>
      <pre>{text}</pre>
    </details>
  );
}
