import type { Tunable } from "@tilebook/runtime";
import { Pin, PinOff } from "lucide-react";
import type { ReactNode } from "react";
import { forgetTuning, pin, tune, unpin } from "../../session/tuning.ts";
import { duration, plural, shortTime } from "../../shared/format.ts";
import { useApp } from "../../state/app.ts";
import { cellOf, cellTitle } from "../../state/selectors.ts";
import { gridText } from "../kernel/grid-text.ts";
import { type CandidateRow, gainOf, rowsOf, splitRows } from "./candidates.ts";
import { configWords } from "./config-words.ts";

/** One kernel with the class of its sizes: what was tried, what is used. */
export function TunedKernel({ tunable }: { readonly tunable: Tunable }): ReactNode {
  const { key, kernel, tuning, trouble } = tunable;
  const busy = useApp((state) => state.tuning !== undefined);
  const [rows, rest] = splitRows(rowsOf(tunable));
  return (
    <section className="tuned-kernel" aria-label={kernel}>
      <header>
        <h3>{kernel}</h3>
        <KernelPlace tunable={tunable} />
        <button type="button" className="button" disabled={busy} onClick={() => tune([key])}>
          {tuning === undefined ? "Tune" : "Tune again"}
        </button>
        {tuning !== undefined && (
          <button type="button" className="button" disabled={busy} onClick={() => forgetTuning(key)}>
            Forget
          </button>
        )}
      </header>
      <Standing tunable={tunable} />
      {trouble !== undefined && <p className="tuner-note">It could not be tried: {trouble}</p>}
      {rows.length > 0 && <Rows rows={rows} tunable={tunable} />}
      {rest.length > 0 && (
        <details>
          <summary>{plural(rest.length, "config")} without a time</summary>
          <Rows rows={rest} tunable={tunable} />
        </details>
      )}
    </section>
  );
}

interface RowsProps {
  readonly rows: readonly CandidateRow[];
  readonly tunable: Tunable;
}

function Rows({ rows, tunable: { key, tuning } }: RowsProps): ReactNode {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Config</th>
          <th scope="col">{tuning?.clock === "gpu" ? "GPU time" : "Time"}</th>
          <th scope="col" aria-label="Pin" />
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.config} row={row} kernel={key} />
        ))}
      </tbody>
    </table>
  );
}

function KernelPlace({ tunable }: { readonly tunable: Tunable }): ReactNode {
  const { source = "", costMs, key, grid } = tunable;
  const title = useApp(({ notebook }) =>
    cellOf(notebook, source) === undefined ? "" : cellTitle(notebook, source),
  );
  const took = costMs > 0 ? `all its launches ${duration(costMs)}` : "";
  return <p title={key}>{[title, programsText(grid), took].filter((part) => part !== "").join(" · ")}</p>;
}

function programsText(grid: readonly number[]): string {
  const isLine = grid.slice(1).every((side) => side === 1);
  return isLine ? plural(grid[0] ?? 0, "program") : `${gridText(grid)} programs`;
}

/** In a sentence: what the next run uses, and why. */
function Standing({ tunable }: { readonly tunable: Tunable }): ReactNode {
  const { tuning, used, pinned, configs, recorded } = tunable;
  const gain = gainOf(tunable);
  if (pinned !== undefined && pinned !== used)
    return (
      <p className="tuner-note">
        The notebook pins a config that the compiler does not offer on this device: {configWords(pinned)}.
      </p>
    );
  if (pinned !== undefined) return <p className="tuner-used">Pinned by the notebook: {configWords(used)}.</p>;
  if (tuning === undefined && recorded?.config === used)
    return (
      <p className="tuner-used">
        Used from the next run on: {configWords(used)}. The notebook says that it was the fastest on such a
        device, with {shortTime(recorded.milliseconds)}.
      </p>
    );
  if (tuning === undefined)
    return <p className="tuner-note">{plural(configs, "config")}, none tried: the first one is used.</p>;
  return (
    <p className="tuner-used">
      Used from the next run on: {configWords(used)}
      {gain === undefined ? "" : `, ${gain}`}.{!tuning.complete && " Not all were tried."}
      {tuning.from !== undefined && ` Measured on such a device; read from ${tuning.from}.`}
    </p>
  );
}

function Row({ row, kernel }: { readonly row: CandidateRow; readonly kernel: string }): ReactNode {
  const { config, result, bar, reason, isUsed, isPinned } = row;
  const readOnly = useApp((state) => state.readOnly);
  return (
    <tr data-used={isUsed}>
      <td title={config}>
        {configWords(config)}
        {isUsed && <b> used</b>}
        {reason !== undefined && <small>{reason}</small>}
      </td>
      <td style={{ "--part": bar } as React.CSSProperties}>{result}</td>
      <td>
        <button
          type="button"
          className="tool"
          disabled={readOnly}
          aria-label={isPinned ? "Unpin" : "Pin"}
          aria-pressed={isPinned}
          title={
            isPinned ? "Let the tuner choose again" : "Use this config in this notebook, on every device"
          }
          onClick={() => (isPinned ? unpin(kernel) : pin(kernel, config))}
        >
          {isPinned ? <PinOff size={14} /> : <Pin size={14} />}
        </button>
      </td>
    </tr>
  );
}
