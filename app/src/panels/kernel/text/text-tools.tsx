import { Check, Copy, Download, Search } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { saveFile } from "../../../session/files.ts";
import { app } from "../../../state/app.ts";

interface Props {
  readonly text: string;
  readonly file: string;
  readonly searching: boolean;
  readonly onSearch: () => void;
}

/** Search in a text, take it along. */
export function TextTools({ text, file, searching, onSearch }: Props): ReactNode {
  return (
    <>
      <button
        type="button"
        className="tool"
        aria-label="Search"
        title="Search"
        aria-pressed={searching}
        onClick={onSearch}
      >
        <Search size={15} />
      </button>
      <CopyButton text={text} />
      <button
        type="button"
        className="tool"
        aria-label="Download"
        title={`Download ${file}`}
        onClick={() => saveFile(file, text)}
      >
        <Download size={15} />
      </button>
    </>
  );
}

/** Says for a moment that it did. */
function CopyButton({ text }: { readonly text: string }): ReactNode {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setDone(true),
      () =>
        app
          .getState()
          .say("The browser does not let the page copy. Select the text instead.", { tone: "bad" }),
    );
  };
  const label = done ? "Copied" : "Copy";
  return (
    <button type="button" className="tool" aria-label={label} title={label} onClick={copy}>
      {done ? <Check size={15} /> : <Copy size={15} />}
    </button>
  );
}
