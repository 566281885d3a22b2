import "@fontsource-variable/instrument-sans/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "@fontsource-variable/source-serif-4/wght-italic.css";
import "@fontsource-variable/source-serif-4/wght.css";
// Before the components, whose rules stand above these.
import "./styles/tokens.css";
import "./styles/base.css";
import "./shared/controls.css";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { openAutomation } from "./automation.ts";
import { listenKeys } from "./commands/listen-keys.ts";
import { startSession } from "./session/session.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

// A link for devices that compute is for a page of its own, which is small.
if (/^#r=[^.]*\.compute\./.test(location.hash)) location.replace(`join.html${location.hash}`);
else {
  createRoot(root).render(<App />);
  startSession();
  listenKeys();
  openAutomation();
}
