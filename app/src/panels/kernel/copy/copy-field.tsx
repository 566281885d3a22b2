import { type KeyboardEvent, type ReactNode, useImperativeHandle, useRef } from "react";
import { CodeText } from "../../../editor/code-text.tsx";
import "../../../editor/text-editor.css";
import type { CopyEditorProps } from "./copy-editor.tsx";

/** A plain text field over highlighted text. */
export function CopyField({ label, text, handle, onWrite, onRun }: CopyEditorProps): ReactNode {
  const field = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle(handle, () => ({
    reveal: ({ start, end }) => {
      field.current?.focus();
      field.current?.setSelectionRange(start, Math.max(end, start + 1));
    },
  }));
  const press = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onRun();
  };
  return (
    <div className="text-editor code-editor" data-language="wgsl">
      <div className="text-editor-layers">
        <CodeText text={text} language="wgsl" />
        <textarea
          ref={field}
          value={text}
          aria-label={label}
          spellCheck={false}
          autoCapitalize="off"
          autoCorrect="off"
          autoComplete="off"
          wrap="off"
          onKeyDown={press}
          onChange={(event) => onWrite(event.target.value)}
        />
      </div>
    </div>
  );
}
