import { FilePlus2, FolderOpen } from "lucide-react";
import { type ReactNode } from "react";
import { newNotebook, openFile } from "../session/documents.ts";
import { embedded } from "../session/embedded.ts";
import { GalleryList } from "./gallery-list.tsx";
import { OwnList } from "./own-list.tsx";
import "./home.css";

/** All notebooks: those of this device, and those that ship with Tilebook. */
export function Home(): ReactNode {
  return (
    <div className="home">
      <header className="home-head">
        <h1>Notebooks</h1>
        <div className="home-actions">
          <button type="button" className="button" data-kind="main" onClick={newNotebook}>
            <FilePlus2 size={15} aria-hidden /> New
          </button>
          <button type="button" className="button" onClick={openFile}>
            <FolderOpen size={15} aria-hidden /> Open a file
          </button>
        </div>
      </header>
      {!embedded && <OwnList />}
      <GalleryList />
    </div>
  );
}
