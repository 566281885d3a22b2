import type { StepFinding } from "@tilebook/sandbox";
import { SearchCheck } from "lucide-react";
import type { ReactNode } from "react";
import { plural } from "../shared/format.ts";
import { goToFinding, lookForTrouble } from "./actions.ts";
import type { OpenSession } from "./store.ts";

/** Runs the whole launch in the interpreter, and lists what it ran into. */
export function StepTrouble({ session }: { readonly session: OpenSession }): ReactNode {
  const { opening, findings } = session;
  const total = opening.grid[0] * opening.grid[1] * opening.grid[2];
  return (
    <section className="step-trouble" aria-label="Trouble">
      <button type="button" className="button" onClick={() => void lookForTrouble()}>
        <SearchCheck size={16} />
        Run {total === 1 ? "the program" : `all ${plural(total, "program")}`} and look for trouble
      </button>
      {findings !== undefined && (
        <p role="status">
          {findings.findings.length === 0
            ? "No races, no traps, no NaN made of numbers, no load of what nothing stored"
            : plural(findings.findings.length, "finding")}
          {findings.programs < total ? ` in the first ${plural(findings.programs, "program")}` : ""}.
        </p>
      )}
      <ul>
        {findings?.findings.map((finding) => (
          <FindingView
            key={`${finding.fault.code} ${finding.op}`}
            finding={finding}
            current={finding === session.finding}
          />
        ))}
      </ul>
    </section>
  );
}

function FindingView({
  finding,
  current,
}: {
  readonly finding: StepFinding;
  readonly current: boolean;
}): ReactNode {
  const { fault, program } = finding;
  return (
    <li>
      <button
        type="button"
        className="step-finding"
        aria-current={current || undefined}
        onClick={() => void goToFinding(finding)}
      >
        <b>{findingNames[fault.code] ?? "Trap"}</b> in program {program.join(", ")}
        <span>{fault.message}</span>
      </button>
    </li>
  );
}

export const findingNames: Readonly<Record<string, string>> = {
  "tile/race": "Race",
  "tile/bounds": "Out of bounds",
  "tile/uninitialised": "Nothing stored there",
  "tile/store-conflict": "Lanes that meet",
  "tile/nan": "NaN",
  "kernel/assert": "Assertion",
};
