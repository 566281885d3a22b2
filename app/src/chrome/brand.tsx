import type { ReactNode } from "react";
import { useApp } from "../state/app.ts";

/** The mark of Tilebook, and the way to all notebooks. */
export function Brand(): ReactNode {
  const home = useApp((state) => state.page.kind !== "notebook");
  return (
    <a className="brand" href="#home" aria-label="All notebooks" title="All notebooks">
      <svg viewBox="0 0 26 26" width="22" height="22" aria-hidden>
        <rect width="12" height="12" rx="2" />
        <rect x="14" width="12" height="12" rx="2" opacity=".35" />
        <rect y="14" width="12" height="12" rx="2" opacity=".35" />
        <rect x="14" y="14" width="12" height="12" rx="2" opacity=".7" />
      </svg>
      {home && <span>Tilebook</span>}
    </a>
  );
}
