import type { ComponentChildren } from "preact";

interface SectionProps {
  /** Its id in the page, which links may point to. */
  readonly id: string;
  readonly title: string;
  /** Beside the title: how many there are, and of how many. */
  readonly note?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Section({ id, title, note, children }: SectionProps) {
  return (
    <section class="section" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>
        {title}
        {note !== undefined && <span class="note">{note}</span>}
      </h2>
      {children}
    </section>
  );
}

/** What stands where there is nothing, and why. */
export function Nothing({ children }: { readonly children: ComponentChildren }) {
  return <p class="nothing">{children}</p>;
}
