import { encodeLink, type LinkMeter, meterLink } from "@tilebook/notebook";
import { X } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { downloadNotebook } from "../session/documents.ts";
import { grouped } from "../shared/format.ts";
import { app, useApp } from "../state/app.ts";
import { textOf } from "../state/notebook-slice.ts";
import { Dialog } from "./dialog.tsx";
import "./share-dialog.css";

/** A link that holds the whole notebook. Opening this box sends nothing anywhere: the link is made in the page. */
export function ShareDialog(): ReactNode {
  const openDialog = useApp((state) => state.openDialog);
  const link = useLink();
  return (
    <Dialog label="Share" className="share">
      <header>
        <h2>Share this notebook</h2>
        <button type="button" className="tool" aria-label="Close" onClick={() => openDialog(undefined)}>
          <X size={17} />
        </button>
      </header>
      <p className="notice">
        The link holds the text of the notebook itself. Nothing is uploaded, and whoever opens it gets a copy
        of their own that runs only when they say so.
      </p>
      {link.kind === "making" && <p className="notice">Making the link…</p>}
      {link.kind === "failed" && <p className="notice">The link cannot be made: {link.why}</p>}
      {link.kind === "made" && <LinkView link={link.link} />}
      <footer>
        <button type="button" className="button" onClick={downloadNotebook}>
          Download the file instead
        </button>
      </footer>
    </Dialog>
  );
}

/** Where the meter is full: beyond this, links are for nobody. */
const longest = 32_000;

const advice: Readonly<Record<LinkMeter["level"], string>> = {
  green: "Short enough for chats and mail.",
  amber: "Some chats cut links of this length; mail and pages keep them.",
  red: "Many programs cut links of this length; a file is safer.",
  file: "Too long for most programs: send the file.",
};

type LinkState =
  | { readonly kind: "making" }
  | { readonly kind: "made"; readonly link: string }
  | { readonly kind: "failed"; readonly why: string };

function useLink(): LinkState {
  const [link, setLink] = useState<LinkState>({ kind: "making" });
  useEffect(() => {
    const make = async () => {
      return new URL(await encodeLink(textOf(app.getState())), location.href).href;
    };
    make().then(
      (made) => setLink({ kind: "made", link: made }),
      (error: unknown) =>
        setLink({ kind: "failed", why: error instanceof Error ? error.message : String(error) }),
    );
  }, []);
  return link;
}

function LinkView({ link }: { readonly link: string }): ReactNode {
  const [copied, setCopied] = useState(false);
  const { level } = meterLink(link.length);
  const copy = () => {
    navigator.clipboard.writeText(link).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <>
      <div className="share-link">
        <input readOnly value={link} aria-label="Link" onFocus={(event) => event.target.select()} />
        <button type="button" className="button" data-kind="main" onClick={copy}>
          {copied ? "Copied" : "Copy link"}
        </button>
      </div>
      <div className="share-size" data-level={level}>
        <span className="share-meter" aria-hidden>
          <span style={{ width: `${Math.min(100, (link.length / longest) * 100)}%` }} />
        </span>
        <p>
          <b>{grouped(link.length)} characters.</b> {advice[level]}
        </p>
      </div>
    </>
  );
}
