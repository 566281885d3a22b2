import { type ReactNode, useEffect, useRef, useState } from "react";
import { elementId } from "../editor/reveal.ts";
import { Guard } from "../shared/guard.tsx";
import { useApp } from "../state/app.ts";
import { cellOf, cellTitle, isWaiting } from "../state/selectors.ts";
import { CellTools } from "./cell-tools.tsx";
import { CodeCell } from "./code-cell.tsx";
import { ProseCell } from "./prose-cell.tsx";
import { RunMark } from "./run-mark.tsx";
import "./cell.css";

/** One cell of the page: its mark in the margin, its tools, its text and what came out of it. */
export function CellView({ id }: { readonly id: string }): ReactNode {
  const element = useRef<HTMLElement>(null);
  const cell = useApp((state) => cellOf(state.notebook, id));
  const title = useApp((state) => cellTitle(state.notebook, id));
  const selected = useApp((state) => state.selected === id);
  const mode = useApp((state) => (state.selected === id ? state.mode : "command"));
  const select = useApp((state) => state.select);
  const [hovered, setHovered] = useState(false);
  const keepPlace = useFocusInCommandMode(element, selected && mode === "command");
  if (cell === undefined) return null;
  const label = `${cell.kind === "prose" ? "Text" : "Code"}: ${title}`;
  return (
    <section
      ref={element}
      id={elementId(id)}
      className="cell"
      data-kind={cell.kind}
      data-status={isWaiting(cell.fault) ? "waiting" : cell.status}
      data-selected={selected || undefined}
      data-mode={selected ? mode : undefined}
      aria-label={label}
      tabIndex={selected ? 0 : -1}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onPointerDown={() => {
        if (selected) return;
        keepPlace();
        select(id);
      }}
      onFocus={(event) => event.target === event.currentTarget && (selected || select(id))}
    >
      <RunMark cell={cell} />
      <div className="cell-body">
        <Guard what="this cell">
          {cell.kind === "prose" ? (
            <ProseCell cell={cell} label={label} />
          ) : (
            <CodeCell cell={cell} label={label} />
          )}
        </Guard>
      </div>
      {(selected || hovered) && <CellTools cell={cell} />}
    </section>
  );
}

/**
 * In command mode the keys belong to the cell itself, unless a control inside it is being used. A cell that was pressed stays
 * where it is, by the function given back: what moves away under the pointer would miss its click.
 */
function useFocusInCommandMode(element: React.RefObject<HTMLElement | null>, active: boolean): () => void {
  const pressed = useRef(false);
  useEffect(() => {
    const cell = element.current;
    const stay = pressed.current;
    pressed.current = false;
    if (!active || cell === null) return;
    const focused = document.activeElement;
    const inEditor = focused?.closest(".code-editor, .text-editor") !== null;
    if (cell.contains(focused) && !inEditor) return;
    if (focused?.closest("dialog") !== null && focused !== document.body) return;
    cell.focus({ preventScroll: true });
    if (!stay) cell.scrollIntoView({ block: "nearest" });
  }, [element, active]);
  return () => {
    pressed.current = true;
  };
}
