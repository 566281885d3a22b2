import { ArrowLeft, ArrowRight, ChevronsRight, Repeat, RotateCcw, Square } from "lucide-react";
import type { ReactNode } from "react";
import { keyLabel, onMac } from "../commands/keys.ts";
import { grouped } from "../shared/format.ts";
import { next, nextTurn, previous, restart, stopStepping, toEnd } from "./actions.ts";
import { keys } from "./step-keys.ts";
import type { OpenSession } from "./store.ts";

/** The buttons that move through the program. */
export function StepControls({ session }: { readonly session: OpenSession }): ReactNode {
  const { view, busy } = session;
  const position = view?.position ?? 0;
  const ended = view?.ended ?? true;
  return (
    <div className="step-controls" role="toolbar" aria-label="Steps">
      <Control label="Back to the start" keys={keys.restart} run={restart} disabled={position === 0}>
        <RotateCcw size={16} />
      </Control>
      <Control label="Previous step" keys={keys.previous} run={previous} disabled={position === 0}>
        <ArrowLeft size={17} />
      </Control>
      <Control label="Next step" keys={keys.next} run={next} disabled={ended} main>
        <ArrowRight size={17} />
        <span>Next</span>
      </Control>
      <Control label="Next turn of the loop" keys={keys.turn} run={nextTurn} disabled={ended}>
        <Repeat size={16} />
      </Control>
      <Control label="To the end" keys={keys.end} run={toEnd} disabled={ended}>
        <ChevronsRight size={18} />
      </Control>
      <span className="step-position" aria-live="polite">
        {ended ? `ended after ${grouped(position)} steps` : `step ${grouped(position)}`}
      </span>
      {busy !== undefined && (
        <span className="step-busy">
          {busy === "going" ? "working…" : `${grouped(busy.done)} of ${grouped(busy.total)} programs`}
          <button type="button" className="tool" aria-label="Stop" onClick={stopStepping}>
            <Square size={14} />
          </button>
        </span>
      )}
    </div>
  );
}

function Control(props: {
  readonly label: string;
  readonly keys: string;
  readonly disabled: boolean;
  readonly main?: boolean;
  readonly run: () => Promise<void>;
  readonly children: ReactNode;
}): ReactNode {
  const { label, disabled, main = false, run, children } = props;
  return (
    <button
      type="button"
      className={main ? "button" : "tool"}
      data-kind={main ? "main" : undefined}
      aria-label={label}
      title={`${label} (${keyLabel(props.keys, onMac())})`}
      // Not `disabled`: a button that loses the focus at the end of the program takes the arrow keys with it.
      aria-disabled={disabled}
      onClick={() => !disabled && void run()}
    >
      {children}
    </button>
  );
}
