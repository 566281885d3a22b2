import * as monaco from "monaco-editor/editor";
import "monaco-editor/features/bracketMatching/register";
import "monaco-editor/features/caretOperations/register";
import "monaco-editor/features/clipboard/register";
import "monaco-editor/features/codeAction/register";
import "monaco-editor/features/codeEditor/register";
import "monaco-editor/features/codicon/register";
import "monaco-editor/features/comment/register";
import "monaco-editor/features/contextmenu/register";
import "monaco-editor/features/cursorUndo/register";
import "monaco-editor/features/find/register";
import "monaco-editor/features/format/register";
import "monaco-editor/features/gotoError/register";
import "monaco-editor/features/gotoSymbol/register";
import "monaco-editor/features/hover/register";
import "monaco-editor/features/indentation/register";
import "monaco-editor/features/inlayHints/register";
import "monaco-editor/features/linesOperations/register";
import "monaco-editor/features/multicursor/register";
import "monaco-editor/features/parameterHints/register";
import "monaco-editor/features/smartSelect/register";
import "monaco-editor/features/snippet/register";
import "monaco-editor/features/tokenization/register";
import "monaco-editor/features/unicodeHighlighter/register";
import "monaco-editor/features/wordHighlighter/register";
import "monaco-editor/features/wordOperations/register";
import "monaco-editor/features/wordPartOperations/register";
// The entry points of 0.57 name one file of each feature; these are the other files that the features need.
import "monaco-editor/editor/browser/coreCommands.js";
import "monaco-editor/editor/contrib/caretOperations/browser/caretOperations.js";
import "monaco-editor/editor/contrib/gotoError/browser/markerSelectionStatus.js";
import "monaco-editor/editor/contrib/gotoSymbol/browser/goToCommands.js";
import "monaco-editor/editor/contrib/suggest/browser/suggestController.js";
import "monaco-editor/languages/definitions/typescript/register";
import "monaco-editor/languages/definitions/wgsl/register";
import * as typescript from "monaco-editor/languages/features/typescript/register";
import { openWorker } from "../shared/trusted.ts";
import { app } from "../state/app.ts";
import { ambientTypes } from "./ambient-types.ts";
import { fontOptions } from "./editor-options.ts";
// oxlint-disable-next-line import/default -- made by the bundler
import editorWorkerUrl from "./editor-worker.ts?worker&url";
import { offerKernelFixes } from "./kernel-fixes.ts";
import { showKernelHints } from "./kernel-hints.ts";
import { showKernelHovers } from "./kernel-hovers.ts";
import { showKernelLines } from "./kernel-lines.ts";
import { keepMarkers } from "./markers.ts";
import { keepModels, modelOf, modelPath } from "./models.ts";
import { keepRawKernels } from "./raw-kernels.ts";
import { revealSpan } from "./reveal.ts";
import { showEditorTheme } from "./theme.ts";
// oxlint-disable-next-line import/default -- made by the bundler
import typeWorkerUrl from "./type-worker.ts?worker&url";

export type Monaco = typeof monaco;

/** To be called once. Everything Monaco needs to know about cells is told it here; the grammars are loaded before it is used. */
export async function openMonaco(): Promise<Monaco> {
  globalThis.MonacoEnvironment = {
    getWorker: (_, label) => openWorker(label === "typescript" ? typeWorkerUrl : editorWorkerUrl, label),
  };
  setUpTypeScript();
  keepRawKernels((text) => typescript.typescriptDefaults.addExtraLib(text, "file:///raw-kernels.d.ts"));
  keepModels(monaco);
  keepMarkers(monaco, typescript.getTypeScriptWorker);
  showKernelHints(monaco);
  showKernelHovers(monaco);
  offerKernelFixes(monaco);
  showKernelLines(monaco);
  showEditorTheme(monaco);
  app.subscribe((state, before) => {
    if (state.theme === before.theme) return;
    showEditorTheme(monaco);
    for (const editor of monaco.editor.getEditors()) editor.updateOptions(fontOptions());
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => showEditorTheme(monaco));
  monaco.editor.registerEditorOpener({
    openCodeEditor: (_, resource, place) => goTo(resource.toString(), place),
  });
  await Promise.all(["typescript", "wgsl"].map((language) => monaco.editor.colorize("", language, {})));
  return monaco;
}

/** Follows a definition into another cell. */
function goTo(path: string, place: monaco.IRange | monaco.IPosition | undefined): boolean {
  const cell = app
    .getState()
    .notebook.cells.find(({ id }) => monaco.Uri.parse(modelPath(id)).toString() === path);
  const model = cell === undefined ? null : modelOf(monaco, cell.id);
  if (cell === undefined || model === null) return false;
  const range = place === undefined || "lineNumber" in place ? undefined : place;
  const start =
    range === undefined
      ? 0
      : model.getOffsetAt({ lineNumber: range.startLineNumber, column: range.startColumn });
  const end =
    range === undefined
      ? start
      : model.getOffsetAt({ lineNumber: range.endLineNumber, column: range.endColumn });
  revealSpan({ source: cell.id, start, end });
  return true;
}

function setUpTypeScript(): void {
  const { typescriptDefaults, ModuleKind, ModuleResolutionKind, ScriptTarget } = typescript;
  typescriptDefaults.setCompilerOptions({
    target: ScriptTarget.ESNext,
    module: ModuleKind.ESNext,
    moduleResolution: ModuleResolutionKind.NodeJs,
    lib: ["esnext"],
    types: [],
    strict: true,
    noEmit: true,
    allowNonTsExtensions: true,
    isolatedModules: true,
    erasableSyntaxOnly: true,
  });
  typescriptDefaults.setEagerModelSync(true);
  typescriptDefaults.setModeConfiguration({
    completionItems: true,
    hovers: true,
    definitions: true,
    documentHighlights: true,
    documentRangeFormattingEdits: true,
    signatureHelp: true,
    codeActions: true,
    inlayHints: true,
    // Our own markers ask cell by cell, so that a change in one cell is seen in the others (markers.ts).
    diagnostics: false,
  });
  typescriptDefaults.setExtraLibs(
    ambientTypes.map(({ path, text }) => ({ filePath: `file:///${path}`, content: text })),
  );
}
