import { cells } from "./cell-commands.ts";
import type { Command } from "./command.ts";
import { moving } from "./move-commands.ts";
import { documents, viewing } from "./page-commands.ts";
import { running } from "./run-commands.ts";
import { stepping } from "../stepper/step-commands.ts";

/** Every command of the app, in the order in which the palette and the sheet show them. */
export const commands: readonly Command[] = [
  ...running,
  ...stepping,
  ...cells,
  ...moving,
  ...documents,
  ...viewing,
];

/** Those that would do something now. */
export function readyCommands(): Command[] {
  return commands.filter((command) => command.ready?.() ?? true);
}
