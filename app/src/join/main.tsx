import "@fontsource-variable/instrument-sans/wght.css";
// Before the components, whose rules stand above these.
import "../styles/tokens.css";
import "../styles/base.css";
import "../shared/controls.css";
import { createRoot } from "react-dom/client";
import { keptTheme, showTheme } from "../state/theme.ts";
import { JoinPage } from "./join-page.tsx";
import { startJoining } from "./start.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("join.html has no #root");

showTheme(keptTheme());
createRoot(root).render(<JoinPage />);
startJoining();
