import { type ReactNode, useEffect } from "react";
import { useStore } from "zustand";
import { type Lane, type Lanes, lanesMs, lanesShown, lookAtLanes, type Span } from "../../mesh/lanes.ts";
import { bytes, duration } from "../../shared/format.ts";

const width = 600;

/** What each device of a mesh did in its last runs: a lane for each, its work above, what came to it below. */
export function LanesOfRun(): ReactNode {
  useEffect(lookAtLanes, []);
  const last = useStore(lanesShown, (state) => state.last);
  return last === undefined ? null : <LanesView last={last} />;
}

function LanesView({ last }: { readonly last: Lanes }): ReactNode {
  const { start, end, lanes } = last;
  return (
    <section>
      <h3>
        {end - start < lanesMs ? `What each did, in ${duration(end - start)}` : "What each did, the last 4 s"}
      </h3>
      <dl className="room-lanes">
        {lanes.map((lane, rank) => (
          <LaneView key={rank} lane={lane} start={start} end={end} />
        ))}
      </dl>
      <div className="room-lanes-key">
        <span>
          <i className="computes" />
          computes
        </span>
        <span>
          <i className="receives" />
          receives
        </span>
      </div>
    </section>
  );
}

interface LaneProps {
  readonly lane: Lane;
  readonly start: number;
  readonly end: number;
}

function LaneView({ lane, start, end }: LaneProps): ReactNode {
  const said = `${lane.name} computes for ${share(lane.computes, start, end)} of the time, and receives ${bytes(lane.bytes)} in the last run`;
  return (
    <>
      <dt title={lane.name}>{lane.name}</dt>
      <dd>
        <svg viewBox={`0 0 ${width} 20`} preserveAspectRatio="none" role="img" aria-label={said}>
          <title>{said}</title>
          <Bars spans={lane.computes} y={1} height={11} kind="computes" start={start} end={end} />
          <Bars spans={lane.receives} y={14} height={5} kind="receives" start={start} end={end} />
        </svg>
      </dd>
    </>
  );
}

interface BarsProps {
  readonly spans: readonly Span[];
  readonly y: number;
  readonly height: number;
  readonly kind: "computes" | "receives";
  readonly start: number;
  readonly end: number;
}

/** One path for all of them: a lane may have hundreds. */
function Bars({ spans, y, height, kind, start, end }: BarsProps): ReactNode {
  const scale = width / Math.max(end - start, 1e-3);
  const bars = spans.map(([from, to]) => {
    const x = Math.max(0, (from - start) * scale);
    return `M${x.toFixed(1)} ${y}h${Math.max(1, (to - from) * scale).toFixed(1)}v${height}H${x.toFixed(1)}z`;
  });
  return <path className={kind} d={bars.join("")} />;
}

function share(spans: readonly Span[], start: number, end: number): string {
  const busy = spans.reduce((sum, [from, to]) => sum + to - from, 0);
  return `${Math.round((100 * busy) / Math.max(end - start, 1e-3))} %`;
}
