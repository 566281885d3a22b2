import type { StepValue } from "@tilebook/sandbox";
import { type ReactNode, useMemo } from "react";
import { scaleFor } from "../outputs/colour-scale.ts";
import { significant } from "../shared/format.ts";
import { enlarge } from "./actions.ts";
import type { OpenSession } from "./store.ts";
import { TileCanvas } from "./tile-canvas.tsx";
import { TileView } from "./tile-view.tsx";

interface Props {
  readonly value: StepValue;
  readonly session: OpenSession;
}

/** A value: its name, its type, and its elements as a small picture. A click shows them from near. */
export function ValueCard({ value, session }: Props): ReactNode {
  const { view, enlarged, tile, finding } = session;
  const isNear = enlarged?.kind === "tile" && enlarged.value === value.value;
  const trap = view?.trap;
  const isTrapped = trap?.values.includes(value.value) === true;
  const lane = isTrapped ? trap.lane : laneOfFinding(session, value.value);
  return (
    <li
      className="step-value"
      data-new={view?.written.includes(value.value) || undefined}
      data-read={view?.reads.includes(value.value) || undefined}
      data-trapped={isTrapped || (finding !== undefined && lane !== undefined) || undefined}
    >
      <button
        type="button"
        className="step-value-head"
        aria-expanded={isNear}
        onClick={() => void enlarge({ kind: "tile", value: value.value })}
      >
        <span className="step-value-name" data-unnamed={value.label === undefined || undefined}>
          {value.label ?? `%${value.value}`}
        </span>
        <span className="step-value-type">{typeText(value)}</span>
        <Badges value={value} session={session} />
        <span className="step-value-picture">{!isNear && <Small value={value} />}</span>
      </button>
      {isNear && tile?.value === value.value && <TileView tile={tile} shape={value.shape} lane={lane} />}
    </li>
  );
}

function Badges({ value: { value, nans }, session: { view } }: Props): ReactNode {
  return (
    <>
      {view?.written.includes(value) === true && <span className="step-badge">new</span>}
      {view?.reads.includes(value) === true && <span className="step-badge">read next</span>}
      {nans > 0 && <span className="step-badge step-badge-bad">NaN</span>}
    </>
  );
}

function Small({ value }: { readonly value: StepValue }): ReactNode {
  const { rows, columns, sample, hidden, minimum, maximum, shape } = value;
  const picture = useMemo(() => {
    const scale = scaleFor(
      Number.isFinite(minimum) ? minimum : 0,
      Number.isFinite(maximum) ? maximum : Math.max(0, minimum),
    );
    return { rows, columns, values: sample, hidden, scale };
  }, [rows, columns, sample, hidden, minimum, maximum]);
  if (shape.length === 0) return <b>{significant(sample[0] ?? 0, 6)}</b>;
  return <TileCanvas picture={picture} width={196} height={64} most={rows === 1 ? 24 : 12} />;
}

function typeText({ dtype, shape }: StepValue): string {
  return shape.length === 0 ? dtype : `${dtype} [${shape.join(", ")}]`;
}

/** A race shows before the step: its element stands in what the op is about to read. */
function laneOfFinding({ finding, view }: OpenSession, value: number): number | undefined {
  if (finding === undefined || view === undefined || view.position !== finding.position) return undefined;
  return view.program.join() === finding.program.join() && view.reads.includes(value)
    ? finding.lane
    : undefined;
}
