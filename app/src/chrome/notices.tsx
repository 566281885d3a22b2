import { CircleAlert, Info } from "lucide-react";
import type { ReactNode } from "react";
import { downloadNotebook } from "../session/documents.ts";
import { interpreterWanted } from "../session/machine.ts";
import { embedded } from "../session/embedded.ts";
import { useApp } from "../state/app.ts";
import { adviceFor } from "./gpu-advice.ts";
import "./notices.css";

/** What the person must know about this page as a whole: no GPU, not saved, open elsewhere. */
export function Notices(): ReactNode {
  const inNotebook = useApp((state) => state.page.kind === "notebook");
  if (!inNotebook) return null;
  return (
    <div className="notices">
      <SaveFailed />
      <ReadOnly />
      <NoGpu />
    </div>
  );
}

function SaveFailed(): ReactNode {
  const saving = useApp((state) => state.saving);
  if (saving.kind !== "failed") return null;
  return (
    <p className="notice-line" data-tone="bad" role="alert">
      <CircleAlert size={16} aria-hidden />
      <span>
        {saving.fault.message}: {saving.fault.hint}.
      </span>
      <button type="button" className="button" onClick={downloadNotebook}>
        Download
      </button>
    </p>
  );
}

function ReadOnly(): ReactNode {
  const readOnly = useApp((state) => state.readOnly);
  if (!readOnly) return null;
  if (embedded) {
    return (
      <p className="notice-line" role="status">
        <Info size={16} aria-hidden />
        <span>
          Shown inside another site, this notebook can be read and run. Open it in a tab of its own to change
          it.
        </span>
        <a className="button" href={location.href} target="_blank" rel="noreferrer">
          Open
        </a>
      </p>
    );
  }
  return (
    <p className="notice-line" role="status">
      <Info size={16} aria-hidden />
      <span>
        This notebook is open for writing in another tab. You can read and run it here; close it there to edit
        here.
      </span>
    </p>
  );
}

function NoGpu(): ReactNode {
  const device = useApp((state) => state.device);
  const openPanel = useApp((state) => state.openPanel);
  if (device?.kind !== "interpreter") return null;
  const slow = "Cells run on the interpreter, which is right but slow.";
  if (interpreterWanted) {
    return (
      <p className="notice-line" role="status">
        <Info size={16} aria-hidden />
        <span>The address asks for the interpreter. {slow}</span>
      </p>
    );
  }
  return (
    <p className="notice-line" role="status">
      <Info size={16} aria-hidden />
      <span>
        No GPU here: {device.reason ?? "this browser gives none"}. {slow}{" "}
        {adviceFor(navigator.userAgent, window.isSecureContext)[0]}
      </span>
      <button type="button" className="button" onClick={() => openPanel("device")}>
        What to do
      </button>
    </p>
  );
}
