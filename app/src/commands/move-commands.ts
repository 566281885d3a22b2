import { app } from "../state/app.ts";
import { moveCell, selectNext } from "./cell-actions.ts";
import type { Command } from "./command.ts";
import { canWrite, here, inNotebook } from "./here.ts";

function selectEnd(place: 0 | -1): void {
  app.getState().select(app.getState().notebook.cells.at(place)?.id);
}

export const moving: readonly Command[] = [
  {
    id: "next",
    title: "Next cell",
    group: "Move",
    keys: ["j", "ArrowDown"],
    when: "command",
    ready: inNotebook,
    run: () => void selectNext(1),
  },
  {
    id: "previous",
    title: "Previous cell",
    group: "Move",
    keys: ["k", "ArrowUp"],
    when: "command",
    ready: inNotebook,
    run: () => void selectNext(-1),
  },
  {
    id: "first",
    title: "First cell",
    group: "Move",
    keys: ["g g"],
    when: "command",
    ready: inNotebook,
    run: () => selectEnd(0),
  },
  {
    id: "last",
    title: "Last cell",
    group: "Move",
    keys: ["Shift+g"],
    when: "command",
    ready: inNotebook,
    run: () => selectEnd(-1),
  },
  {
    id: "move-up",
    title: "Move cell up",
    group: "Move",
    keys: ["Alt+ArrowUp", "Shift+k"],
    when: "command",
    ready: canWrite,
    run: here((id) => moveCell(id, -1)),
  },
  {
    id: "move-down",
    title: "Move cell down",
    group: "Move",
    keys: ["Alt+ArrowDown", "Shift+j"],
    when: "command",
    ready: canWrite,
    run: here((id) => moveCell(id, 1)),
  },
];
