import { type ReactNode } from "react";
import { runAll } from "../session/run.ts";
import { useApp } from "../state/app.ts";
import "./trust-bar.css";

/** Asks, for a notebook that somebody else wrote, whether it may run. Until then it is a page to read. */
export function TrustBar(): ReactNode {
  const origin = useApp((state) => state.origin.kind);
  const trusted = useApp((state) => state.notebook.trusted);
  const answered = useApp((state) => state.trustAnswered);
  const answer = useApp((state) => state.answerTrust);
  const asks = origin === "link" || origin === "gallery";
  if (!asks || trusted || answered) return null;
  return (
    <aside className="trust-bar" aria-label="May this notebook run?">
      <p>
        <b>
          {origin === "link"
            ? "This notebook came with a link."
            : "This notebook differs from the one Tilebook was built with."}
        </b>{" "}
        Nothing has run. Its code would run in a sandbox, without network, storage or access to this page.
      </p>
      <div className="trust-answers">
        <button type="button" className="button" onClick={answer}>
          Read
        </button>
        <button type="button" className="button" data-kind="main" onClick={() => void runAll()}>
          Run
        </button>
      </div>
    </aside>
  );
}
