import type { CellState } from "@tilebook/notebook";
import { type ReactNode } from "react";
import { CodeEditor } from "../editor/code-editor.tsx";
import { isEcho } from "../outputs/is-echo.ts";
import { OutputList } from "../outputs/output-list.tsx";
import { useSettled } from "../shared/use-settled.ts";
import { useApp } from "../state/app.ts";
import { CellStatus } from "./cell-status.tsx";
import { FaultView } from "./fault.tsx";
import { HiddenCode } from "./hidden-code.tsx";
import { NameField } from "./name-field.tsx";

/** Milliseconds without a keystroke after which a fault is written out. */
const patience = 1000;

interface Props {
  readonly cell: CellState;
  readonly label: string;
}

/** Code, where it stands, what went wrong, and what came out. */
export function CodeCell({ cell, label }: Props): ReactNode {
  const editing = useApp((state) => state.selected === cell.id && state.mode === "edit");
  const found = cell.fault ?? cell.analysis?.faults[0];
  // Half a word is no fault worth moving the page for: the mark in the text is enough until the person pauses.
  const fault = useSettled(found, editing && isOfText(cell) ? patience : 0, cell.text);
  // Who hid the code does not want its names listed either.
  const outputs = cell.attributes.hidden ? cell.outputs.filter((output) => !isEcho(output)) : cell.outputs;
  return (
    <>
      {cell.attributes.hidden ? <HiddenCode cell={cell} /> : <Code cell={cell} label={label} />}
      <CellStatus id={cell.id} />
      {fault !== undefined && <FaultView cell={cell.id} fault={fault} />}
      {outputs.length > 0 && (
        <OutputList cell={cell.id} outputs={outputs} old={found !== undefined || isBehind(cell)} />
      )}
    </>
  );
}

function Code({ cell, label }: Props): ReactNode {
  const readOnly = useApp((state) => state.readOnly);
  return (
    <div className="cell-code">
      {cell.kind === "wgsl" && <NameField key={cell.id} id={cell.id} />}
      <CodeEditor
        id={cell.id}
        text={cell.text}
        language={cell.kind === "wgsl" ? "wgsl" : "ts"}
        readOnly={readOnly}
        label={label}
      />
    </div>
  );
}

/** Its outputs belong to another text or other inputs than it has now. */
function isBehind({ status }: CellState): boolean {
  return status === "stale" || status === "failed" || status === "blocked";
}

/** Its fault was found without a run: in its text, or in the names it uses. */
function isOfText(cell: CellState): boolean {
  return cell.status === "blocked" || (cell.analysis?.faults.length ?? 0) > 0;
}
