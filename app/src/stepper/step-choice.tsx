import type { KernelLaunch, KernelReport } from "@tilebook/notebook";
import type { ProgramPlace } from "@tilebook/sandbox";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { useApp } from "../state/app.ts";
import { cellOf } from "../state/selectors.ts";
import { chooseProgram } from "./actions.ts";
import { openStepper } from "./open.ts";
import type { OpenSession } from "./store.ts";

const axes = ["x", "y", "z"] as const;

/** Which kernel, which launch of it, and which program of the launch. */
export function StepChoice({ session }: { readonly session: OpenSession }): ReactNode {
  const { opening, report } = session;
  const kernels = useApp((state) => cellOf(state.notebook, report.cell)?.kernels) ?? [report];
  const now = kernels.find(({ key }) => key === report.key) ?? report;
  const choose = (key: string): void => {
    const chosen = kernels.find((kernel) => kernel.key === key);
    if (chosen !== undefined) openStepper(chosen);
  };
  const known = kernels.some(({ key }) => key === now.key);
  return (
    <div className="step-choice">
      <label>
        <span className="unseen">Kernel</span>
        <select value={now.key} onChange={(event) => choose(event.target.value)}>
          {!known && <option value={now.key}>{now.name}</option>}
          {kernels.map(({ key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {now.dispatches > 1 && <LaunchChoice report={now} launch={opening.launch} />}
      <ProgramChoice session={session} />
    </div>
  );
}

function LaunchChoice({
  report,
  launch,
}: {
  readonly report: KernelReport;
  readonly launch: number;
}): ReactNode {
  const current = report.launches.findLast(({ first }) => first <= launch)?.first ?? 0;
  return (
    <label>
      <span className="unseen">Launch</span>
      <select
        value={current}
        onChange={(event) => openStepper(report, { launch: Number(event.target.value) })}
      >
        {report.launches.map((one) => (
          <option key={one.first} value={one.first}>
            {launchText(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** "launch 1 · 4 × 2 · n = 40" */
function launchText({ first, grid, scalars }: KernelLaunch): string {
  const numbers = scalars.map(({ name, value }) => `${name} = ${value}`);
  const size = grid.filter((count, axis) => axis === 0 || count > 1).join(" × ");
  return [`launch ${first + 1}`, size, ...numbers].join(" · ");
}

function ProgramChoice({ session }: { readonly session: OpenSession }): ReactNode {
  const { opening, view } = session;
  const { grid } = opening;
  const program = view?.program ?? [0, 0, 0];
  const total = grid[0] * grid[1] * grid[2];
  const linear = program[0] + grid[0] * (program[1] + grid[1] * program[2]);
  const change = (axis: number, id: number): void => {
    const [x, y, z] = program.map((old, at) => (at === axis ? id : old));
    if (Number.isInteger(id)) void chooseProgram([x ?? 0, y ?? 0, z ?? 0]);
  };
  return (
    <div className="step-program" role="group" aria-label="Program">
      <span>program</span>
      <button
        type="button"
        className="tool"
        aria-label="Previous program"
        disabled={linear === 0}
        onClick={() => void chooseProgram(programAt(linear - 1, grid))}
      >
        <ChevronLeft size={16} />
      </button>
      {axes.map((axis, at) => {
        const most = grid[at] ?? 1;
        if (at > 0 && most === 1) return null;
        return (
          <label key={axis}>
            <span className="unseen">Program {axis}</span>
            <input
              type="number"
              min={0}
              max={most - 1}
              value={program[at]}
              onChange={(event) => change(at, event.target.valueAsNumber)}
            />
            <span aria-hidden>/ {most}</span>
          </label>
        );
      })}
      <button
        type="button"
        className="tool"
        aria-label="Next program"
        disabled={linear >= total - 1}
        onClick={() => void chooseProgram(programAt(linear + 1, grid))}
      >
        <ChevronRight size={16} />
      </button>
    </div>
  );
}

function programAt(number: number, [width, height]: ProgramPlace): ProgramPlace {
  const row = Math.floor(number / width);
  return [number % width, row % height, Math.floor(row / height)];
}
