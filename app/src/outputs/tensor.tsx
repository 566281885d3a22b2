import type { TensorOutput, TensorSummary } from "@tilebook/notebook";
import type { TensorPeek } from "@tilebook/sandbox";
import { type ReactNode, useState } from "react";
import { significant } from "../shared/format.ts";
import { HeatMap } from "./heat-map.tsx";
import { SliceBar } from "./slice-bar.tsx";
import { clampWindow, firstWindow, fitsAsNumbers } from "./tensor-window.ts";
import { TensorNumbers } from "./tensor-numbers.tsx";
import { NaNOriginView } from "./nan-origin.tsx";
import { useNaNOrigin } from "./use-nan-origin.ts";
import { usePeek } from "./use-peek.ts";
import "./tensor.css";

interface Props {
  readonly cell: string;
  readonly output: TensorOutput;
  /** One line until somebody opens it: shown because the cell defines it, beside what the cell is about. */
  readonly folded: boolean;
}

/** A tensor: what it is and, when open, what is in it. */
export function TensorView({ cell, output, folded }: Props): ReactNode {
  const { tensor, name } = output;
  const [open, setOpen] = useState(false);
  if (tensor.handle === "")
    return (
      <div className="tensor-step">
        <TensorHead name={name} tensor={tensor} />
        {tensor.kept === undefined && (
          <span>a step on the way, not stored: its name in another cell shows it</span>
        )}
      </div>
    );
  if (!folded)
    return (
      <div className="tensor">
        <TensorHead name={name} tensor={tensor} />
        <TensorInside cell={cell} tensor={tensor} />
      </div>
    );
  return (
    <details className="tensor" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <TensorHead name={name} tensor={tensor} />
      </summary>
      {open && <TensorInside cell={cell} tensor={tensor} />}
    </details>
  );
}

/** Statistics, and the part of it one looks at. Only that part is read back. */
function TensorInside({
  cell,
  tensor,
}: {
  readonly cell: string;
  readonly tensor: TensorSummary;
}): ReactNode {
  const [wanted, setWanted] = useState(() => firstWindow(tensor.shape));
  const window = clampWindow(wanted, tensor.shape);
  const { peek, fault } = usePeek(tensor, window);
  const searching = useNaNOrigin(tensor.handle);
  const isSmall = fitsAsNumbers(tensor.shape);
  return (
    <>
      {peek !== undefined && (tensor.shape.length > 0 || peek.nans > 0) && (
        <Statistics peek={peek} onNaN={searching.begin} />
      )}
      <NaNOriginView cell={cell} searching={searching} />
      <SliceBar shape={tensor.shape} window={window} onChange={setWanted} />
      {peek !== undefined && !isSmall && <HeatMap peek={peek} shape={tensor.shape} window={window} />}
      {peek !== undefined && isSmall && <TensorNumbers peek={peek} dtype={tensor.dtype} />}
      {fault !== undefined && <p className="tensor-gone">{fault}</p>}
    </>
  );
}

function TensorHead({
  name,
  tensor,
}: {
  readonly name: string | undefined;
  readonly tensor: TensorSummary;
}): ReactNode {
  return (
    <span className="tensor-head">
      {name !== undefined && <b>{name}</b>}
      <span>{tensor.dtype}</span>
      <span>[{tensor.shape.join(", ")}]</span>
      {tensor.kept !== undefined && (
        <span className="tensor-kept">
          kept as {tensor.kept.format}, {significant(tensor.kept.bits, 3)} bits a number
        </span>
      )}
    </span>
  );
}

function Statistics({ peek, onNaN }: { readonly peek: TensorPeek; readonly onNaN: () => void }): ReactNode {
  return (
    <dl className="tensor-statistics">
      <Fact name="min" value={significant(peek.minimum)} />
      <Fact name="max" value={significant(peek.maximum)} />
      <Fact name="mean" value={significant(peek.mean)} />
      <Fact name="std" value={significant(peek.deviation)} />
      <Fact name="NaN" value={significant(peek.nans)} alarming={peek.nans > 0}>
        {peek.nans > 0 && (
          <button type="button" className="link tensor-nan" onClick={onNaN}>
            where from?
          </button>
        )}
      </Fact>
      <Fact name="Inf" value={significant(peek.infinities)} alarming={peek.infinities > 0} />
    </dl>
  );
}

function Fact(props: {
  readonly name: string;
  readonly value: string;
  readonly alarming?: boolean;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <div data-alarming={props.alarming || undefined}>
      <dt>{props.name}</dt>
      <dd>
        {props.value} {props.children}
      </dd>
    </div>
  );
}
