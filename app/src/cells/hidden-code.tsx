import type { CellState } from "@tilebook/notebook";
import { Code } from "lucide-react";
import type { ReactNode } from "react";
import { useApp } from "../state/app.ts";

/** Stands for code that the author hid; a click shows it. */
export function HiddenCode({ cell }: { readonly cell: CellState }): ReactNode {
  const send = useApp((state) => state.send);
  const names = cell.analysis?.defines.map((use) => use.name).join(", ") ?? "";
  const show = () =>
    send({ type: "attributes", cell: cell.id, attributes: { ...cell.attributes, hidden: false } });
  return (
    <button type="button" className="hidden-code" onClick={show}>
      <Code size={14} aria-hidden />
      <span>Show code</span>
      {names !== "" && <code>{names}</code>}
    </button>
  );
}
