import type { TextOutput } from "@tilebook/notebook";
import type { ReactNode } from "react";
import "./text.css";

/** What the cell wrote with console.log and friends. */
export function TextView({ output }: { readonly output: TextOutput }): ReactNode {
  return (
    <pre className="console-text" data-level={output.level}>
      {output.text}
    </pre>
  );
}
