import type { ReactNode } from "react";
import { Notices } from "./chrome/notices.tsx";
import { Toasts } from "./chrome/toasts.tsx";
import { TopBar } from "./chrome/top-bar.tsx";
import { Dialogs } from "./dialogs/dialogs.tsx";
import { Home } from "./home/home.tsx";
import { FaultPage } from "./home/fault-page.tsx";
import { NotebookView } from "./cells/notebook.tsx";
import { SidePanel } from "./panels/side-panel.tsx";
import { Guard } from "./shared/guard.tsx";
import { useKeptPlace } from "./shared/use-kept-place.ts";
import { useApp } from "./state/app.ts";
import "./app.css";

export function App(): ReactNode {
  const panel = useApp((state) => state.panel);
  useKeptPlace(panel);
  return (
    <div className="app" data-panel={panel}>
      <TopBar />
      <main className="app-main">
        <Notices />
        <Guard what="this page">
          <PageView />
        </Guard>
      </main>
      <SidePanel />
      <Dialogs />
      <Toasts />
    </div>
  );
}

function PageView(): ReactNode {
  const page = useApp((state) => state.page);
  switch (page.kind) {
    case "opening":
      return <p className="app-opening">Opening…</p>;
    case "home":
      return <Home />;
    case "notebook":
      return <NotebookView />;
    case "failed":
      return <FaultPage fault={page.fault} />;
  }
}
