import { type ReactNode, useEffect, useRef } from "react";
import { useNearView } from "../shared/use-near-view.ts";
import { useApp } from "../state/app.ts";
import { CodeText } from "./code-text.tsx";
import type { EditorProps } from "./editor-props.ts";
import { withEditor } from "./handles.ts";
import { useMonaco } from "./load-monaco.ts";
import { MonacoEditor } from "./monaco-editor.tsx";
import { TextEditor } from "./text-editor.tsx";
import "./code-editor.css";

/** The text of a code cell: Monaco near the view, highlighted text far from it, a text field where Monaco cannot be. */
export function CodeEditor(props: EditorProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const near = useNearView(place);
  const editing = useApp((state) => state.selected === props.id && state.mode === "edit");
  // Whoever types into the plain field keeps it until they are done.
  const monaco = useMonaco(near && !editing);
  useEffect(() => {
    if (editing) withEditor(props.id, (editor) => editor.focus());
  }, [editing, props.id]);
  return (
    <div ref={place} className="code-editor">
      {monaco !== undefined && (near || editing) ? (
        <MonacoEditor monaco={monaco} {...props} />
      ) : near || editing ? (
        <TextEditor {...props} />
      ) : (
        <div className="text-editor">
          <CodeText text={props.text} language={props.language} />
        </div>
      )}
    </div>
  );
}
