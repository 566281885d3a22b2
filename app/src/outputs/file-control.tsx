import { faultData, mostFileBytes } from "@tilebook/base";
import { chosenName } from "@tilebook/sandbox";
import { FolderOpen } from "lucide-react";
import type { ReactNode } from "react";
import { keepChosen } from "../session/chosen-files.ts";
import { pickFile } from "../session/files.ts";
import { app } from "../state/app.ts";

interface Props {
  readonly id: string;
  readonly accept: string;
  /** Of the file that was chosen, or empty. */
  readonly token: string;
  readonly onChange: (token: string) => void;
}

/** A control by which the person gives a file of this device to the notebook. */
export function FileControl({ id, accept, token, onChange }: Props): ReactNode {
  const pick = (): void => {
    pickFile({ accept, mostMegabytes: mostFileBytes / 2 ** 20 }).then(
      (file) => file !== undefined && onChange(keepChosen(file)),
      (error: unknown) => app.getState().say(faultData(error).message, { tone: "bad" }),
    );
  };
  return (
    <>
      <button id={id} type="button" className="button" onClick={pick}>
        <FolderOpen size={15} />
        Choose a file…
      </button>
      <span>{chosenName(token)}</span>
    </>
  );
}
