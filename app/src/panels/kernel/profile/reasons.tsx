import type { ReactNode } from "react";
import type { Reason } from "./explain.ts";

/** Why it takes so long, and what to try. */
export function Reasons({ reasons }: { readonly reasons: readonly Reason[] }): ReactNode {
  return (
    <section className="profile-reasons" aria-label="Why it takes so long">
      <h3>Why it takes so long</h3>
      <ol>
        {reasons.map(({ kind, says, try: advice }) => (
          <li key={kind}>
            {says} <b>{advice}</b>
          </li>
        ))}
      </ol>
    </section>
  );
}
