import { type ReactNode } from "react";
import { useApp } from "../state/app.ts";
import { Brand } from "./brand.tsx";
import { MainMenu, PanelButtons } from "./main-menu.tsx";
import { RunControls } from "./run-controls.tsx";
import { SaveState } from "./save-state.tsx";
import { TitleField } from "./title-field.tsx";
import "./top-bar.css";

export function TopBar(): ReactNode {
  const inNotebook = useApp((state) => state.page.kind === "notebook");
  return (
    <header className="top-bar">
      <Brand />
      {inNotebook && (
        <>
          <div className="top-bar-title">
            <TitleField />
            <SaveState />
          </div>
          <RunControls />
          <PanelButtons />
        </>
      )}
      <MainMenu />
    </header>
  );
}
