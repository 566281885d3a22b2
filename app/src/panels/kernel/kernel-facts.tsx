import { positionAt } from "@tilebook/base";
import type { KernelLaunch, KernelReport, KernelWork } from "@tilebook/notebook";
import { type ReactNode, useMemo } from "react";
import { revealSpan } from "../../editor/reveal.ts";
import { textsOf } from "../../session/ran-texts.ts";
import { plural, significant } from "../../shared/format.ts";
import { DeviceShare } from "./device-share.tsx";
import { Explained } from "./explained.tsx";
import { factsOf, reachedBy } from "./facts.ts";
import { gridText } from "./grid-text.ts";

interface Props {
  readonly report: KernelReport;
  /** The launch that is looked at: its place in the report's list. */
  readonly at: number;
  /** What each launch has to do. Absent as long as nobody has counted. */
  readonly work: readonly KernelWork[] | undefined;
  /** Only what was counted: what was measured is told elsewhere. */
  readonly counted?: boolean;
  readonly onLaunch: (at: number) => void;
}

/** Counted from the code, measured on the device, and what the compiler has to say. */
export function KernelFacts({ report, at, work, counted = false, onLaunch }: Props): ReactNode {
  const facts = useMemo(() => factsOf(report, at, work), [report, at, work]);
  const reached = useMemo(() => reachedBy(report, work), [report, work]);
  if (facts.length === 0) return <Remarks report={report} />;
  return (
    <>
      <LaunchChoice report={report} at={at} onLaunch={onLaunch} />
      <dl className="kernel-facts">
        {facts
          .filter((fact) => !counted || fact.measured !== true)
          .map(({ label, value, about, main }) => (
            <div key={label} data-main={main}>
              <dt>
                <Explained label={label} about={about} />
              </dt>
              <dd>{value}</dd>
            </div>
          ))}
        {reached !== undefined && !counted && <DeviceShare reached={reached} />}
      </dl>
      <Remarks report={report} />
    </>
  );
}

/** Which launch the counts are about, and what it was given. */
function LaunchChoice({ report, at, onLaunch }: Omit<Props, "work">): ReactNode {
  const { launches } = report;
  const [only] = launches;
  if (only === undefined) return null;
  if (launches.length === 1) return <p className="kernel-launch">{launchText(only)}</p>;
  return (
    <label className="kernel-launch">
      <span>Launch</span>
      <select value={at} onChange={(event) => onLaunch(Number(event.target.value))}>
        {launches.map((launch, place) => (
          <option key={launch.first} value={place}>
            {launchText(launch)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** "3 launches of 4 × 2 programs, n = 40" */
function launchText({ times, grid, scalars }: KernelLaunch): string {
  const size = grid.slice(1).every((side) => side === 1)
    ? plural(grid[0] ?? 0, "program")
    : `${gridText(grid)} programs`;
  return [
    `${plural(times, "launch", "launches")} of ${size}`,
    ...scalars.map(({ name, value }) => `${name} = ${significant(value)}`),
  ].join(", ");
}

function Remarks({ report }: { readonly report: KernelReport }): ReactNode {
  const texts = textsOf(report);
  if (report.remarks.length === 0) return null;
  return (
    <div className="kernel-remarks">
      {report.remarks.map(({ code, message, hint, span }) => {
        const text = span === undefined ? undefined : texts[span.source];
        return (
          <p className="kernel-remark" key={`${code} ${message} ${span?.start}`}>
            {message}
            {hint !== undefined && <span> {hint}</span>}{" "}
            {span !== undefined && text !== undefined && (
              <button type="button" className="link" onClick={() => revealSpan(span)}>
                line {positionAt(text, span.start).line}
              </button>
            )}
          </p>
        );
      })}
    </div>
  );
}
