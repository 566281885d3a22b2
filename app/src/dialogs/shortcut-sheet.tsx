import { X } from "lucide-react";
import type { ReactNode } from "react";
import type { Command } from "../commands/command.ts";
import { commands } from "../commands/commands.ts";
import { keyLabel, onMac } from "../commands/keys.ts";
import { useApp } from "../state/app.ts";
import { Dialog } from "./dialog.tsx";
import "./shortcut-sheet.css";

const groups = ["Run", "Cells", "Move", "Notebook", "View"] as const;

/** Every key, in groups. Escape leaves the text of a cell, and then single letters are commands. */
export function ShortcutSheet(): ReactNode {
  const openDialog = useApp((state) => state.openDialog);
  return (
    <Dialog label="Keyboard shortcuts" className="shortcuts">
      <header>
        <h2>Keyboard</h2>
        <button type="button" className="tool" aria-label="Close" onClick={() => openDialog(undefined)}>
          <X size={17} />
        </button>
      </header>
      <p className="notice">
        <kbd className="key">Esc</kbd> leaves the text of a cell. Then single letters are commands, as in
        Jupyter; <kbd className="key">Enter</kbd> goes back into the text.
      </p>
      <div className="shortcut-groups">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {commands
                .filter((command) => command.group === group && command.keys.length > 0)
                .map((command) => (
                  <Row key={command.id} command={command} />
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Row({ command }: { readonly command: Command }): ReactNode {
  const mac = onMac();
  return (
    <div>
      <dt>{command.title}</dt>
      <dd>
        {command.keys.map((key) => (
          <kbd className="key" key={key}>
            {keyLabel(key, mac)}
          </kbd>
        ))}
      </dd>
    </div>
  );
}
