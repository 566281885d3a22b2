import { faultData } from "@tilebook/base";
import { Trash2 } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import type { DocumentRecord } from "../keep/database.ts";
import { deleteDocument, listDocuments } from "../keep/documents.ts";
import { hashOf } from "../session/route.ts";
import { database } from "../session/save.ts";
import { useApp } from "../state/app.ts";
import { agoText } from "./ago-text.ts";

type Found =
  | { readonly kind: "loading" }
  | { readonly kind: "found"; readonly documents: readonly DocumentRecord[]; readonly now: number }
  | { readonly kind: "failed"; readonly why: string };

/** The notebooks that are kept on this device. */
export function OwnList(): ReactNode {
  const { found, reload } = useDocuments();
  const say = useApp((state) => state.say);
  const remove = (document: DocumentRecord) => {
    database()
      .then((opened) => deleteDocument(opened, document.id))
      .then(reload)
      .catch((error: unknown) => say(faultData(error).message, { tone: "bad" }));
  };
  return (
    <section>
      <h2>On this device</h2>
      {found.kind === "failed" && <p className="notice">The browser's storage cannot be read: {found.why}</p>}
      {found.kind === "found" && found.documents.length === 0 && (
        <p className="notice">Nothing yet. What you write or change is kept here, in this browser.</p>
      )}
      {found.kind === "found" && (
        <ul className="home-list">
          {found.documents.map((document) => (
            <OwnRow key={document.id} document={document} now={found.now} onRemove={remove} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface RowProps {
  readonly document: DocumentRecord;
  readonly now: number;
  readonly onRemove: (document: DocumentRecord) => void;
}

function OwnRow({ document, now, onRemove }: RowProps): ReactNode {
  const [asking, setAsking] = useState(false);
  return (
    <li className="home-own">
      <a href={hashOf({ kind: "own", id: document.id })}>
        <span className="home-title">{document.title}</span>
        <span className="home-when">{agoText(document.changed, now)}</span>
      </a>
      {asking ? (
        <button
          type="button"
          className="button"
          data-kind="stop"
          onBlur={() => setAsking(false)}
          autoFocus
          onClick={() => onRemove(document)}
        >
          Delete for good
        </button>
      ) : (
        <button
          type="button"
          className="tool"
          aria-label={`Delete ${document.title}`}
          title="Delete"
          onClick={() => setAsking(true)}
        >
          <Trash2 size={15} />
        </button>
      )}
    </li>
  );
}

/** The list, and the way to have it read again. */
function useDocuments(): { readonly found: Found; readonly reload: () => void } {
  const [found, setFound] = useState<Found>({ kind: "loading" });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    database()
      .then(listDocuments)
      .then(
        (documents) => wanted && setFound({ kind: "found", documents, now: Date.now() }),
        (error: unknown) => wanted && setFound({ kind: "failed", why: faultData(error).message }),
      );
    return () => {
      wanted = false;
    };
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- a new round reads again
  }, [round]);
  return { found, reload: () => setRound(round + 1) };
}
