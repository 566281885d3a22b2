import type { ReactNode } from "react";
import { clockTime } from "../shared/format.ts";
import { useApp } from "../state/app.ts";
import type { Origin, Saving } from "../state/document-slice.ts";

/** Where the notebook is kept, and whether all of it is there. "Saved" means that the storage has said so. */
export function SaveState(): ReactNode {
  const saving = useApp((state) => state.saving);
  const origin = useApp((state) => state.origin);
  const readOnly = useApp((state) => state.readOnly);
  return (
    <span className="save-state" data-saving={saving.kind} role="status">
      {readOnly ? "Read only" : saveText(saving, origin)}
    </span>
  );
}

function saveText(saving: Saving, origin: Origin): string {
  switch (saving.kind) {
    case "saving":
      return "Saving…";
    case "saved":
      return `Saved ${clockTime(saving.at)}`;
    case "failed":
      return "Not saved";
    case "none":
      return origins[origin.kind];
  }
}

const origins: Readonly<Record<Origin["kind"], string>> = {
  own: "",
  gallery: "Gallery",
  link: "Shared copy",
  file: "",
  automation: "",
};
