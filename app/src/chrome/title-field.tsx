import { type ReactNode, useState } from "react";
import { useApp } from "../state/app.ts";

/** The notebook's title, changed where it stands. */
export function TitleField(): ReactNode {
  const title = useApp((state) => state.notebook.title);
  return <Field key={title} title={title} />;
}

function Field({ title }: { readonly title: string }): ReactNode {
  const readOnly = useApp((state) => state.readOnly);
  const send = useApp((state) => state.send);
  const [draft, setDraft] = useState(title);
  const commit = () => {
    const text = draft.trim();
    if (text === "" || text === title) setDraft(title);
    else send({ type: "title", title: text });
  };
  return (
    <input
      className="title-field"
      aria-label="Title"
      value={draft}
      readOnly={readOnly}
      spellCheck={false}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") setDraft(title);
      }}
    />
  );
}
