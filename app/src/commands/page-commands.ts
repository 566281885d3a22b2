import { downloadNotebook, newNotebook, openFile } from "../session/documents.ts";
import { goHome, goTo } from "../session/route.ts";
import { saveNow } from "../session/save.ts";
import { app } from "../state/app.ts";
import { type Theme, themes } from "../state/theme.ts";
import type { Command } from "./command.ts";
import { inNotebook } from "./here.ts";

function nextTheme(): void {
  const { theme, setTheme } = app.getState();
  setTheme(themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system");
}

const themeTitles: Readonly<Record<Theme, string>> = {
  system: "Theme: light or dark, as the system",
  light: "Theme: light",
  dark: "Theme: dark",
  projector: "Theme: projector",
};

function togglePanel(panel: "kernel" | "tuner" | "device" | "room" | "contents"): () => void {
  return () => app.getState().openPanel(app.getState().panel === panel ? undefined : panel);
}

export const documents: readonly Command[] = [
  {
    id: "save",
    title: "Save now",
    group: "Notebook",
    keys: ["Mod+s"],
    when: "any",
    ready: inNotebook,
    run: saveNow,
  },
  {
    id: "share",
    title: "Share a link",
    group: "Notebook",
    keys: [],
    when: "any",
    ready: inNotebook,
    run: () => app.getState().openDialog("share"),
  },
  {
    id: "download",
    title: "Download as a file",
    group: "Notebook",
    keys: [],
    when: "any",
    ready: inNotebook,
    run: downloadNotebook,
  },
  { id: "open-file", title: "Open a file", group: "Notebook", keys: ["Mod+o"], when: "any", run: openFile },
  { id: "new", title: "New notebook", group: "Notebook", keys: [], when: "any", run: newNotebook },
  { id: "home", title: "All notebooks", group: "Notebook", keys: [], when: "any", run: goHome },
  {
    id: "reference",
    title: "Language reference",
    group: "Notebook",
    keys: [],
    when: "any",
    run: () => goTo({ kind: "gallery", name: "tile-language" }),
  },
];

export const viewing: readonly Command[] = [
  {
    id: "palette",
    title: "All commands",
    group: "View",
    keys: ["Mod+k"],
    when: "any",
    run: () => app.getState().openDialog("palette"),
  },
  {
    id: "shortcuts",
    title: "Keyboard shortcuts",
    group: "View",
    keys: ["?"],
    when: "command",
    run: () => app.getState().openDialog("shortcuts"),
  },
  {
    id: "kernels",
    title: "Kernels panel",
    group: "View",
    keys: ["p"],
    when: "command",
    ready: inNotebook,
    run: togglePanel("kernel"),
  },
  {
    id: "tuner",
    title: "Tuner panel",
    group: "View",
    keys: [],
    when: "command",
    ready: inNotebook,
    run: togglePanel("tuner"),
  },
  {
    id: "device",
    title: "Device panel",
    group: "View",
    keys: [],
    when: "command",
    run: togglePanel("device"),
  },
  {
    id: "room",
    title: "Room panel",
    group: "View",
    keys: [],
    when: "command",
    run: togglePanel("room"),
  },
  {
    id: "contents",
    title: "Contents panel",
    group: "View",
    keys: [],
    when: "command",
    ready: inNotebook,
    run: togglePanel("contents"),
  },
  { id: "theme", title: "Next theme", group: "View", keys: [], when: "command", run: nextTheme },
  ...themes.map((theme): Command => ({
    id: `theme-${theme}`,
    title: themeTitles[theme],
    group: "View",
    keys: [],
    when: "command",
    run: () => app.getState().setTheme(theme),
  })),
];
