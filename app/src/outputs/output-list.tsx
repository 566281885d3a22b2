import type { Output } from "@tilebook/notebook";
import type { ReactNode } from "react";
import { Guard } from "../shared/guard.tsx";
import { isEcho } from "./is-echo.ts";
import { OutputView } from "./output.tsx";
import "./output-list.css";

interface Props {
  readonly cell: string;
  readonly outputs: readonly Output[];
  /** They belong to an older text or older inputs. */
  readonly old: boolean;
}

/** A cell's outputs from top to bottom. Pictures, inputs and short values flow side by side, like words. */
export function OutputList({ cell, outputs, old }: Props): ReactNode {
  const crowd = outputs.filter(({ kind }) => kind !== "value" && kind !== "input").length > 1;
  return (
    <div className="outputs" data-old={old || undefined} role="region" aria-label="Output" aria-live="off">
      {outputs.map((output, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- an output is its place, so that a slider survives a re-run
        <div className={`output output-${output.kind}`} key={`${index} ${output.kind}`}>
          <Guard what="this output">
            <OutputView cell={cell} output={output} folded={crowd && isEcho(output)} />
          </Guard>
        </div>
      ))}
    </div>
  );
}
