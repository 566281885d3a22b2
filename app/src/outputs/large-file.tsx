import { Download, Layers, Square } from "lucide-react";
import type { ReactNode } from "react";
import type { RemoteFile } from "../session/remote-file.ts";
import { bytes } from "../shared/format.ts";

interface Props {
  readonly file: RemoteFile;
  readonly decide: (inParts: boolean) => void;
  readonly onStop: () => void;
}

/** Asks how a large file is to be read. Which parts of it are asked for tells its site something: a person allows that, or not. */
export function LargeFile({ file, decide, onStop }: Props): ReactNode {
  return (
    <>
      <button type="button" className="button" onClick={() => decide(false)}>
        <Download size={15} />
        Load all {bytes(file.size)}
      </button>
      <button type="button" className="button" onClick={() => decide(true)}>
        <Layers size={15} />
        Read in parts
      </button>
      <button type="button" className="button" onClick={onStop}>
        <Square size={13} />
        Stop
      </button>
      <p role="status">
        In parts, {file.host} is asked for what the cells read, when they read it. So it learns which parts
        those are.
      </p>
    </>
  );
}
