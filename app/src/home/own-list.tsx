import { faultData } from "@tilebook/base";
import { Trash2 } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import type { DocumentRecord } from "../keep/database.ts";
import { deleteDocument, listDocuments } from "../keep/documents.ts";
import { hashOf } from "../session/route.ts";
import { database } from "../session/save.ts";
import { useApp } from "../state/app.ts";
import { agoText } from "./ago-text.ts";

type Found =
  | { readonly kind: "loading" }
  | { readonly kind: "found"; readonly documents: readonly DocumentRecord[] }
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
            <OwnRow key={document.id} document={document} onRemove={remove} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface RowProps {
  readonly document: DocumentRecord;
  readonly onRemove: (document: DocumentRecord) => void;
}

function OwnRow({ document, onRemove }: RowProps): ReactNode {
  const [asking, setAsking] = useState(false);
  return (
    <li className="home-own">
      <a href={hashOf({ kind: "own", id: document.id })}>
        <span className="home-title">{document.title}</span>
        <span className="home-when">{agoText(document.changed, Date.now())}</span>
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

function useDocuments(): { readonly found: Found; readonly reload: () => Promise<void> } {
  const [found, setFound] = useState<Found>({ kind: "loading" });
  const reload = useCallback(async () => {
    try {
      setFound({ kind: "found", documents: await listDocuments(await database()) });
    } catch (error) {
      setFound({ kind: "failed", why: faultData(error).message });
    }
  }, []);
  useEffect(() => void reload(), [reload]);
  return { found, reload };
}
