import { readyCommands } from "../commands/commands.ts";
import { elementId } from "../editor/reveal.ts";
import { app } from "../state/app.ts";
import { cellTitle, namesOf } from "../state/selectors.ts";

export interface Choice {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  /** Other words it is found by. */
  readonly also?: string;
  readonly key?: string;
  readonly run: () => void;
}

/** The commands that would do something now, then the cells. */
export function choices(): Choice[] {
  const { notebook, page } = app.getState();
  const commands = readyCommands()
    .filter(({ id }) => id !== "palette")
    .map(({ id, title, group, keys: [key], run }) => ({
      id,
      title,
      group,
      run,
      ...(key === undefined ? {} : { key }),
    }));
  if (page.kind !== "notebook") return commands;
  const cells = notebook.cells.map((cell) => ({
    id: `go-${cell.id}`,
    title: cellTitle(notebook, cell.id),
    group: "Go to",
    also: namesOf(cell).join(", "),
    run: () => goTo(cell.id),
  }));
  return [...commands, ...cells];
}

function goTo(cell: string): void {
  app.getState().select(cell);
  document.getElementById(elementId(cell))?.scrollIntoView({ block: "center" });
}
