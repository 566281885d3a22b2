import type { Monaco } from "./monaco.ts";

/** Monaco's token names and the colours of tokens.css that they get. */
const tokens: Readonly<Record<string, string>> = {
  "": "--ink",
  keyword: "--code-keyword",
  string: "--code-string",
  "string.escape": "--code-string",
  invalid: "--code-string",
  regexp: "--code-string",
  number: "--code-number",
  comment: "--code-comment",
  type: "--code-type",
  "type.identifier": "--code-type",
  annotation: "--code-type",
  delimiter: "--ink-soft",
};

const colours: Readonly<Record<string, string>> = {
  "editor.foreground": "--ink",
  "editorLineNumber.foreground": "--ink-faint",
  "editorLineNumber.activeForeground": "--ink-soft",
  "editorCursor.foreground": "--ink",
  "editorWidget.background": "--surface",
  "editorWidget.border": "--line-strong",
  "editorHoverWidget.background": "--surface",
  "editorHoverWidget.border": "--line-strong",
  "editorSuggestWidget.background": "--surface",
  "editorSuggestWidget.border": "--line-strong",
  "editorSuggestWidget.selectedBackground": "--accent-wash",
  "editorSuggestWidget.selectedForeground": "--ink",
  "editorSuggestWidget.highlightForeground": "--accent",
  "editorSuggestWidget.focusHighlightForeground": "--accent",
  "list.hoverBackground": "--hover",
  "editorError.foreground": "--bad",
  "editorWarning.foreground": "--warn",
  "editorInlayHint.foreground": "--ink-faint",
  "editorInlayHint.typeForeground": "--ink-faint",
  "editorBracketMatch.border": "--line-strong",
  "editorBracketHighlight.foreground1": "--ink-soft",
  "editorBracketHighlight.foreground2": "--ink-soft",
  "editorBracketHighlight.foreground3": "--ink-soft",
  focusBorder: "--accent",
  "input.background": "--paper",
  "input.border": "--line-strong",
  "menu.background": "--surface",
  "menu.foreground": "--ink",
  "menu.selectionBackground": "--accent-wash",
  "menu.selectionForeground": "--ink",
};

/** Gives the editors the colours that the page has now. */
export function showEditorTheme(monaco: Monaco): void {
  const read = colourReader();
  const dark = read.isDark();
  monaco.editor.defineTheme("tilebook", {
    base: dark ? "vs-dark" : "vs",
    inherit: true,
    rules: Object.entries(tokens).map(([token, name]) => ({ token, foreground: read.hex(name).slice(1) })),
    colors: {
      ...Object.fromEntries(Object.entries(colours).map(([key, name]) => [key, read.hex(name)])),
      "editor.background": "#00000000",
      "editor.lineHighlightBackground": "#00000000",
      "editor.lineHighlightBorder": "#00000000",
      "editor.selectionBackground": dark ? "#3a4688" : "#cdd4ff",
      "editor.inactiveSelectionBackground": dark ? "#2a3152" : "#e4e8ff",
      "editor.wordHighlightBackground": dark ? "#2a315280" : "#e4e8ff99",
      "editorInlayHint.background": "#00000000",
      "editorInlayHint.typeBackground": "#00000000",
      "scrollbar.shadow": "#00000000",
      "widget.shadow": "#00000030",
    },
  });
  monaco.editor.setTheme("tilebook");
  read.end();
}

/** Reads design tokens as hex colours, by way of an element that wears them. */
function colourReader(): { hex(token: string): string; isDark(): boolean; end(): void } {
  const probe = document.body.appendChild(document.createElement("span"));
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgb = (token: string): readonly number[] => {
    probe.style.color = `var(${token})`;
    if (canvas === null) return [0, 0, 0];
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    return Array.from(canvas.getImageData(0, 0, 1, 1).data.slice(0, 3));
  };
  const hex = (token: string) =>
    `#${rgb(token)
      .map((part) => part.toString(16).padStart(2, "0"))
      .join("")}`;
  return { hex, isDark: () => rgb("--paper").every((part) => part < 128), end: () => probe.remove() };
}
