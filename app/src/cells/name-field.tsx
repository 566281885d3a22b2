import { type ReactNode, useState } from "react";
import { renameKernel } from "../commands/rename-kernel.ts";
import { app, useApp } from "../state/app.ts";
import { faultOfName } from "../state/kernel-names.ts";
import "./name-field.css";

/** By what name the other cells launch the kernel of a WGSL cell, changed where it stands. */
export function NameField({ id }: { readonly id: string }): ReactNode {
  const readOnly = useApp((state) => state.readOnly);
  const [draft, setDraft] = useState(id);
  const name = draft.trim();
  const fault = name === id ? undefined : faultOfName(name, app.getState().notebook.cells);
  const commit = () => {
    if (name === id || fault !== undefined) setDraft(id);
    else renameKernel(id, name);
  };
  return (
    <label className="name-field">
      <span>kernel</span>
      <input
        aria-label="Name of the kernel"
        aria-invalid={fault !== undefined}
        title="Other cells launch it by this name"
        value={draft}
        readOnly={readOnly}
        spellCheck={false}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
          if (event.key === "Escape") setDraft(id);
        }}
      />
      {fault !== undefined && <span role="alert">{fault}</span>}
    </label>
  );
}
