import { type ReactNode } from "react";
import { useApp } from "../state/app.ts";
import { Palette } from "./palette.tsx";
import { ShareDialog } from "./share-dialog.tsx";
import { ShortcutSheet } from "./shortcut-sheet.tsx";

export function Dialogs(): ReactNode {
  const dialog = useApp((state) => state.dialog);
  switch (dialog) {
    case undefined:
      return null;
    case "palette":
      return <Palette />;
    case "shortcuts":
      return <ShortcutSheet />;
    case "share":
      return <ShareDialog />;
  }
}
