import { type ReactNode, useEffect, useRef } from "react";
import { app } from "../state/app.ts";
import { putCaret } from "../state/inspector.ts";
import { CodeText } from "./code-text.tsx";
import type { EditorProps } from "./editor-props.ts";
import { registerEditor } from "./handles.ts";
import "./text-editor.css";

/**
 * A plain text field over highlighted text. It edits on phones, where Monaco does not work, and everywhere until
 * Monaco is loaded. Both layers have the same letters in the same places; the field's own are transparent.
 */
export function TextEditor({ id, text, language, readOnly, label }: EditorProps): ReactNode {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(
    () =>
      registerEditor(id, {
        focus: () => field.current?.focus(),
        reveal: (start, end) => {
          field.current?.focus();
          field.current?.setSelectionRange(start, end);
        },
      }),
    [id],
  );
  return (
    <div className="text-editor" data-language={language}>
      <div className="text-editor-layers">
        <CodeText text={text} language={language} />
        <textarea
          ref={field}
          value={text}
          readOnly={readOnly}
          aria-label={label}
          spellCheck={language === "prose"}
          autoCapitalize={language === "prose" ? "sentences" : "off"}
          autoCorrect="off"
          autoComplete="off"
          wrap={language === "prose" ? "soft" : "off"}
          onFocus={() => app.getState().select(id, "edit")}
          onSelect={(event) => putCaret(id, text, event.currentTarget.selectionStart)}
          onChange={(event) => app.getState().send({ type: "edit", cell: id, text: event.target.value })}
        />
      </div>
    </div>
  );
}
