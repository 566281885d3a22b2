import { readyCommands } from "../commands/commands.ts";
import { elementId } from "../editor/reveal.ts";
import { app } from "../state/app.ts";
import { cellTitle } from "../state/selectors.ts";

export interface Choice {
  readonly id: string;
  readonly title: string;
  readonly group: string;
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
  const cells = notebook.cells.map(({ id }) => ({
    id: `go-${id}`,
    title: cellTitle(notebook, id),
    group: "Go to",
    run: () => goTo(id),
  }));
  return [...commands, ...cells];
}

function goTo(cell: string): void {
  app.getState().select(cell);
  document.getElementById(elementId(cell))?.scrollIntoView({ block: "center" });
}
