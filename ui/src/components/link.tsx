import type { ComponentChildren } from "preact";
import { href } from "../router.ts";

interface LinkProps {
  readonly to: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly current?: boolean;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A link to another of these pages. */
export function Link({ to, query, current, class: name, children }: LinkProps) {
  return (
    <a href={href(to, query)} data-page class={name} aria-current={current ? "page" : undefined}>
      {children}
    </a>
  );
}
