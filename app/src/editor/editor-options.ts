import type { Monaco } from "./monaco.ts";

type Options = NonNullable<Parameters<Monaco["editor"]["create"]>[1]>;

/** Escape leaves the cell only when it does not close something smaller first. */
export const leaveWhen: string = [
  "!suggestWidgetVisible",
  "!findWidgetVisible",
  "!parameterHintsVisible",
  "!editorHoverVisible",
  "!inSnippetMode",
  "!editorHasMultipleSelections",
  "!markersNavigationVisible",
].join(" && ");

/** Widgets hang on the body, since a cell of two lines would clip them. */
let widgets: HTMLElement | undefined;

function widgetPlace(): HTMLElement {
  widgets ??= document.body.appendChild(document.createElement("div"));
  widgets.className = "monaco-editor monaco-widgets";
  return widgets;
}

/** Sizes of letters and lines, as the theme has them now. */
export function fontOptions(): Options {
  const style = getComputedStyle(document.documentElement);
  const rem = Number.parseFloat(style.fontSize);
  const size = (token: string) => Number.parseFloat(style.getPropertyValue(token)) * rem;
  return {
    fontFamily: style.getPropertyValue("--font-code"),
    fontSize: size("--text-code"),
    lineHeight: size("--line-code"),
    inlayHints: { fontSize: 0.85 * size("--text-code"), padding: false },
  };
}

export function editorOptions(): Options {
  return { ...plainOptions, ...fontOptions(), overflowWidgetsDomNode: widgetPlace() };
}

const plainOptions: Options = {
  theme: "tilebook",
  fontLigatures: false,
  automaticLayout: false,
  fixedOverflowWidgets: true,
  scrollBeyondLastLine: false,
  scrollbar: {
    vertical: "hidden",
    horizontal: "auto",
    horizontalScrollbarSize: 8,
    handleMouseWheel: true,
    alwaysConsumeMouseWheel: false,
    useShadows: false,
  },
  minimap: { enabled: false },
  overviewRulerLanes: 0,
  overviewRulerBorder: false,
  hideCursorInOverviewRuler: true,
  glyphMargin: false,
  folding: false,
  lineNumbersMinChars: 3,
  lineDecorationsWidth: 12,
  renderLineHighlight: "none",
  padding: { top: 12, bottom: 12 },
  guides: { indentation: false },
  quickSuggestionsDelay: 60,
  wordBasedSuggestions: "off",
  contextmenu: true,
  stickyScroll: { enabled: false },
  tabSize: 2,
  bracketPairColorization: { enabled: false },
  unicodeHighlight: { ambiguousCharacters: false },
  accessibilitySupport: "auto",
};
