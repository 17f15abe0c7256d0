import type { ComponentChildren } from "preact";

interface Figure {
  readonly name: string;
  readonly value: ComponentChildren;
  /** A second line, smaller. */
  readonly note?: ComponentChildren;
}

/** The figures at the head of a page. */
export function Figures({ of }: { readonly of: readonly Figure[] }) {
  return (
    <dl class="figures">
      {of.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <span class="figure">{value}</span>
            {note !== undefined && <span class="note">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
