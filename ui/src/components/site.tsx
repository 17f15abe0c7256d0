/** An operator and the line that calls it: of a long path the end; all of it where one points, and on the page of the thing itself. */
export function Site({ of: text }: { readonly of: string }) {
  return <span title={text}>{shortened(text)}</span>;
}

const SHOWN_PARTS = 2;

/** `map at /srv/app/src/program.ts:3:4` as `map at src/program.ts:3:4`; whatever looks otherwise as it is. */
function shortened(text: string): string {
  const at = text.lastIndexOf(" at ") + " at ".length;
  const path = text.slice(at);
  if (!/^(\/|[A-Za-z]:\\)/.test(path) || !/:\d+:\d+$/.test(path)) return text;
  return text.slice(0, at) + path.split(/[\\/]/).slice(-SHOWN_PARTS).join("/");
}
