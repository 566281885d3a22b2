import { type ReactNode, useEffect, useRef } from "react";
import { app } from "../state/app.ts";
import type { EditorProps } from "./editor-props.ts";
import { editorOptions, leaveWhen } from "./editor-options.ts";
import { registerEditor } from "./handles.ts";
import { modelOf } from "./models.ts";
import type { Monaco } from "./monaco.ts";
import { showOriginLine } from "./origin-line.ts";
import { showStepLine } from "./step-line.ts";
import "./monaco-editor.css";

type Editor = ReturnType<Monaco["editor"]["create"]>;

interface Props extends EditorProps {
  readonly monaco: Monaco;
}

/** Monaco over the cell's model. It is as tall as its text and lives only while the cell is near the view. */
export function MonacoEditor({ monaco, id, language, readOnly, label }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const live = useRef<Editor>(null);
  useEffect(() => {
    if (place.current === null) return undefined;
    const editor = monaco.editor.create(place.current, { ...editorOptions(), model: modelOf(monaco, id) });
    live.current = editor;
    const undo = [
      followHeight(editor, place.current),
      registerEditor(id, handleOf(editor)),
      showStepLine(monaco, editor, id),
      showOriginLine(monaco, editor, id),
    ];
    editor.onDidFocusEditorText(() => app.getState().select(id, "edit"));
    editor.addAction({
      id: "tilebook.leave",
      label: "Leave the cell",
      keybindings: [monaco.KeyCode.Escape],
      precondition: leaveWhen,
      run: () => app.getState().select(id, "command"),
    });
    return () => {
      undo.forEach((end) => end());
      editor.dispose();
      live.current = null;
    };
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- a cell in another language has another model
  }, [monaco, id, language]);
  useEffect(() => live.current?.updateOptions({ readOnly, ariaLabel: label }), [readOnly, label]);
  return <div ref={place} className="monaco-place" />;
}

function followHeight(editor: Editor, place: HTMLElement): () => void {
  const layout = () => {
    const height = editor.getContentHeight();
    if (place.style.height !== `${height}px`) place.style.height = `${height}px`;
    editor.layout({ width: place.clientWidth, height });
  };
  editor.onDidContentSizeChange(layout);
  const observer = new ResizeObserver(layout);
  observer.observe(place);
  layout();
  return () => observer.disconnect();
}

function handleOf(editor: Editor): { focus(): void; reveal(start: number, end: number): void } {
  return {
    focus: () => editor.focus(),
    reveal: (start, end) => {
      const model = editor.getModel();
      if (model === null) return;
      const [from, to] = [model.getPositionAt(start), model.getPositionAt(end)];
      editor.setSelection({
        startLineNumber: from.lineNumber,
        startColumn: from.column,
        endLineNumber: to.lineNumber,
        endColumn: to.column,
      });
      editor.focus();
    },
  };
}
