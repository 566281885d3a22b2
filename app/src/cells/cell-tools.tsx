import type { CellState } from "@tilebook/notebook";
import { ArrowDown, ArrowUp, Code, Cpu, Ellipsis, Pencil, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import {
  convertCell,
  deleteCell,
  insertCell,
  moveCell,
  setRunLevel,
  toggleHidden,
} from "../commands/cell-actions.ts";
import { stepThrough } from "../stepper/step-commands.ts";
import { Menu, type MenuItem } from "../shared/menu.tsx";
import { useApp } from "../state/app.ts";
import { indexOf } from "../state/selectors.ts";

/** What can be done with a cell, at its top right corner. Seen when the cell is selected, hovered, or has the focus. */
export function CellTools({ cell }: { readonly cell: CellState }): ReactNode {
  const readOnly = useApp((state) => state.readOnly);
  const select = useApp((state) => state.select);
  const openPanel = useApp((state) => state.openPanel);
  const first = useApp((state) => indexOf(state.notebook, cell.id) === 0);
  const last = useApp((state) => indexOf(state.notebook, cell.id) === state.notebook.cells.length - 1);
  if (readOnly) return null;
  const showKernels = () => {
    select(cell.id);
    openPanel("kernel");
  };
  return (
    <div className="cell-tools" role="toolbar" aria-label="Cell">
      {cell.kernels.length > 0 && (
        <Tool label="Show its kernels" icon={<Cpu size={15} />} run={showKernels} />
      )}
      {cell.kind === "prose" ? (
        <Tool label="Edit" icon={<Pencil size={14} />} run={() => select(cell.id, "edit")} />
      ) : (
        <Tool
          label={cell.attributes.hidden ? "Show code" : "Hide code"}
          icon={<Code size={15} />}
          run={() => toggleHidden(cell.id)}
        />
      )}
      <Tool label="Move up" icon={<ArrowUp size={15} />} disabled={first} run={() => moveCell(cell.id, -1)} />
      <Tool
        label="Move down"
        icon={<ArrowDown size={15} />}
        disabled={last}
        run={() => moveCell(cell.id, 1)}
      />
      <Tool label="Delete" icon={<Trash2 size={14} />} run={() => deleteCell(cell.id)} />
      <Menu label="More" icon={<Ellipsis size={15} />} items={itemsFor(cell)} />
    </div>
  );
}

interface ToolProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly disabled?: boolean;
  readonly run: () => void;
}

function Tool({ label, icon, disabled = false, run }: ToolProps): ReactNode {
  return (
    <button type="button" className="tool" aria-label={label} title={label} disabled={disabled} onClick={run}>
      {icon}
    </button>
  );
}

function itemsFor(cell: CellState): MenuItem[] {
  return [
    { label: "Insert code above", hint: "A", run: () => insertCell(cell.id, "above") },
    { label: "Insert code below", hint: "B", run: () => insertCell(cell.id, "below") },
    ...(cell.kernels.length === 0
      ? []
      : [{ label: "Step through its kernel", hint: "S", apart: true, run: () => stepThrough(cell.id) }]),
    ...(cell.kind === "prose" ? [] : runItems(cell)),
    {
      label: "TypeScript",
      hint: "Y",
      apart: true,
      checked: cell.kind === "ts",
      run: () => convertCell(cell.id, "ts"),
    },
    { label: "WGSL", checked: cell.kind === "wgsl", run: () => convertCell(cell.id, "wgsl") },
    { label: "Text", hint: "M", checked: cell.kind === "prose", run: () => convertCell(cell.id, "prose") },
    { label: "Delete", hint: "D, D", tone: "bad", apart: true, run: () => deleteCell(cell.id) },
  ];
}

function runItems({ id, attributes: { run } }: CellState): MenuItem[] {
  return [
    {
      label: "Run by itself when cheap",
      apart: true,
      checked: run === undefined,
      run: () => setRunLevel(id, undefined),
    },
    { label: "Always run by itself", checked: run === "auto", run: () => setRunLevel(id, "auto") },
    { label: "Run on request only", checked: run === "lazy", run: () => setRunLevel(id, "lazy") },
  ];
}
