import { chosenName } from "@tilebook/sandbox";
import { FolderOpen, Link } from "lucide-react";
import { type ReactNode, useState } from "react";
import { keepChosen } from "../session/chosen-files.ts";
import { pickFile } from "../session/files.ts";
import type { RemoteFile } from "../session/remote-file.ts";
import { useApp } from "../state/app.ts";
import { AddressField } from "./address-field.tsx";

interface Props {
  readonly id: string;
  readonly label: string;
  readonly accept: string;
  /** What the cell suggests, or empty. */
  readonly address: string;
  /** Of the file that was chosen, or empty. */
  readonly token: string;
  readonly onChange: (token: string) => void;
}

/** A control by which the person gives a file to the notebook: of this device, or of an address that they name. */
export function FileControl({ id, label, accept, address, token, onChange }: Props): ReactNode {
  // What a cell makes up could carry out what it has read. What stands in the notebook was there before.
  const suggested = useApp(({ notebook }) =>
    address !== "" && notebook.cells.some(({ text }) => text.includes(address)) ? address : "",
  );
  const [asked, setAsked] = useState(false);
  const keep = (file: File | RemoteFile | undefined): void => {
    if (file === undefined) return;
    setAsked(false);
    onChange(keepChosen(file));
  };
  const pick = (): void => void pickFile({ accept, mostMegabytes: Infinity }).then(keep);
  const chosen = chosenName(token);
  return (
    <>
      <button id={id} type="button" className="button" onClick={pick}>
        <FolderOpen size={15} />
        Choose a file…
      </button>
      {asked || (suggested !== "" && chosen === undefined) ? (
        <AddressField label={label} address={suggested} asked={asked} onFile={keep} />
      ) : (
        <button type="button" className="button" onClick={() => setAsked(true)}>
          <Link size={15} />
          From an address…
        </button>
      )}
      {chosen !== undefined && <span>{chosen}</span>}
    </>
  );
}
