import type { ReactNode } from "react";
import { Asking } from "./asking.tsx";
import { NoLink } from "./no-link.tsx";
import { useJoin } from "./store.ts";
import { Joined } from "./joined.tsx";
import "./join.css";

/** The page of a device that is asked to compute for a room: before the consent, and after it. */
export function JoinPage(): ReactNode {
  return (
    <div className="join">
      <header className="join-bar">
        <a className="join-brand" href="./">
          <svg viewBox="0 0 26 26" width="20" height="20" aria-hidden>
            <rect width="12" height="12" rx="2" />
            <rect x="14" width="12" height="12" rx="2" opacity=".35" />
            <rect y="14" width="12" height="12" rx="2" opacity=".35" />
            <rect x="14" y="14" width="12" height="12" rx="2" opacity=".7" />
          </svg>
          Tilebook
        </a>
      </header>
      <main className="join-main">
        <Stage />
      </main>
    </div>
  );
}

function Stage(): ReactNode {
  const opened = useJoin((state) => state.opened.kind);
  const stage = useJoin((state) => state.stage);
  if (opened !== "link") return <NoLink />;
  return stage === "asking" ? <Asking /> : <Joined />;
}
