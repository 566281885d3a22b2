import type { StepPrint, StepValue, StepView } from "@tilebook/sandbox";
import { type ReactNode, useState } from "react";
import { significant } from "../shared/format.ts";
import { StepMemory } from "./step-memory.tsx";
import type { OpenSession } from "./store.ts";
import { ValueCard } from "./value-card.tsx";

/** What the program has computed, loops first, and what it did to memory. */
export function StepState({ session }: { readonly session: OpenSession }): ReactNode {
  const { view } = session;
  const [all, setAll] = useState(false);
  if (view === undefined) return null;
  const parameters = view.values.filter(({ role }) => role === "parameter");
  const loops = view.values.filter(({ role }) => role === "index" || role === "carried");
  const results = view.values.filter(({ role }) => role === "result");
  const shown = all ? results : results.filter((value) => isWorthShowing(value, view, session));
  // The newest on top: what a step made is seen without scrolling.
  const newest = shown.toReversed();
  return (
    <>
      {parameters.length > 0 && <Parameters values={parameters} />}
      {loops.length > 0 && <Values title="Loop" values={loops} session={session} />}
      <Values title="Values" values={newest} session={session}>
        {results.length > shown.length || all ? (
          <label className="step-all">
            <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} />
            all
          </label>
        ) : undefined}
      </Values>
      <StepMemory session={session} />
      {view.printed.length > 0 && <Printed printed={view.printed} />}
    </>
  );
}

/** What a name stands for now, and values that the step just made or the next one needs. */
function isWorthShowing({ label, value }: StepValue, view: StepView, { enlarged }: OpenSession): boolean {
  if (view.written.includes(value) || view.reads.includes(value)) return true;
  const newest = view.values.findLast((other) => other.label === label)?.value;
  return (label !== undefined && newest === value) || (enlarged?.kind === "tile" && enlarged.value === value);
}

function Parameters({ values }: { readonly values: readonly StepValue[] }): ReactNode {
  return (
    <p className="step-parameters">
      {values.map(({ value, label, sample }) => (
        <span key={value}>
          {label} <b>{significant(sample[0] ?? 0, 6)}</b>
        </span>
      ))}
    </p>
  );
}

function Values(props: {
  readonly title: string;
  readonly values: readonly StepValue[];
  readonly session: OpenSession;
  readonly children?: ReactNode;
}): ReactNode {
  const { title, values, session, children } = props;
  return (
    <section className="step-values" aria-label={title}>
      <h3>
        {title}
        {children}
      </h3>
      {values.length === 0 && <p className="step-nothing">Nothing computed yet.</p>}
      <ul>
        {values.map((value) => (
          <ValueCard key={value.value} value={value} session={session} />
        ))}
      </ul>
    </section>
  );
}

function Printed({ printed }: { readonly printed: readonly StepPrint[] }): ReactNode {
  return (
    <section className="step-values" aria-label="Printed">
      <h3>Printed</h3>
      {printed.map(({ text, elements }, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a line is its place
        <p className="step-print" key={at}>
          {text} <b>{elements.map(({ value }) => significant(value, 5)).join(", ")}</b>
        </p>
      ))}
    </section>
  );
}
