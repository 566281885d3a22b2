import type { DownloadOutput } from "@tilebook/notebook";
import { Download } from "lucide-react";
import type { ReactNode } from "react";
import { saveFile } from "../session/files.ts";
import { bytes as bytesText } from "../shared/format.ts";

/** A file that a cell offers. It is saved when the person says so. */
export function DownloadView({ output }: { readonly output: DownloadOutput }): ReactNode {
  const { name, bytes } = output;
  return (
    <button
      type="button"
      className="button"
      onClick={() => saveFile(name, bytes, "application/octet-stream")}
    >
      <Download size={15} />
      Save {name} ({bytesText(bytes.byteLength)})
    </button>
  );
}
