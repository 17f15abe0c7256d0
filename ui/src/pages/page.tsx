import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Link } from "../components/link.tsx";
import { Nothing } from "../components/section.tsx";
import { store } from "../live/store.ts";

interface PageProps {
  readonly title: string;
  /** The page that this one belongs to. */
  readonly parent?: { readonly to: string; readonly title: string };
  /** Beside the title. */
  readonly status?: ComponentChildren;
  /** A line below the title. */
  readonly subtitle?: ComponentChildren;
  /** Whether the server has yet to tell what belongs here. */
  readonly waiting?: boolean;
  readonly children?: ComponentChildren;
}

/** The frame of a page's content: its heading, which also names the browser's tab. */
export function Page({ title, parent, status, subtitle, waiting, children }: PageProps) {
  const name = store.application.value?.name;
  useEffect(() => {
    document.title = [title, name, "millrace"].filter(Boolean).join(" – ");
  }, [title, name]);
  return (
    <>
      <div class="page-head">
        {parent && (
          <p class="parent">
            <Link to={parent.to}>{parent.title}</Link>
          </p>
        )}
        <div class="page-title">
          <h1>{title}</h1>
          {status}
        </div>
        {subtitle !== undefined && <p class="subtitle">{subtitle}</p>}
      </div>
      {waiting ? <Nothing>Waiting for the program …</Nothing> : children}
    </>
  );
}
