import type { TensorOutput, TensorSummary } from "@tilebook/notebook";
import type { TensorPeek } from "@tilebook/sandbox";
import { type ReactNode, useState } from "react";
import { significant } from "../shared/format.ts";
import { HeatMap } from "./heat-map.tsx";
import { SliceBar } from "./slice-bar.tsx";
import { clampWindow, firstWindow } from "./tensor-window.ts";
import { usePeek } from "./use-peek.ts";
import "./tensor.css";

/** A tensor: what it is, its statistics, and the part of it one looks at. Only that part is read back. */
export function TensorView({ output }: { readonly output: TensorOutput }): ReactNode {
  const { tensor, name } = output;
  const [wanted, setWanted] = useState(() => firstWindow(tensor.shape));
  const window = clampWindow(wanted, tensor.shape);
  const { peek, fault } = usePeek(tensor, window);
  return (
    <div className="tensor">
      <TensorHead name={name} tensor={tensor} />
      {peek !== undefined && <Statistics peek={peek} />}
      <SliceBar shape={tensor.shape} window={window} onChange={setWanted} />
      {peek !== undefined && <HeatMap peek={peek} shape={tensor.shape} window={window} />}
      {fault !== undefined && <p className="tensor-gone">{fault}</p>}
    </div>
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
    <p className="tensor-head">
      {name !== undefined && <b>{name}</b>}
      <span>{tensor.dtype}</span>
      <span>[{tensor.shape.join(", ")}]</span>
    </p>
  );
}

function Statistics({ peek }: { readonly peek: TensorPeek }): ReactNode {
  return (
    <dl className="tensor-statistics">
      <Fact name="min" value={significant(peek.minimum)} />
      <Fact name="max" value={significant(peek.maximum)} />
      <Fact name="mean" value={significant(peek.mean)} />
      <Fact name="std" value={significant(peek.deviation)} />
      <Fact name="NaN" value={significant(peek.nans)} alarming={peek.nans > 0} />
      <Fact name="Inf" value={significant(peek.infinities)} alarming={peek.infinities > 0} />
    </dl>
  );
}

function Fact(props: {
  readonly name: string;
  readonly value: string;
  readonly alarming?: boolean;
}): ReactNode {
  return (
    <div data-alarming={props.alarming || undefined}>
      <dt>{props.name}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}
