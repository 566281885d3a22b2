import { type FaultData, faultData } from "@tilebook/base";
import { Download, Square } from "lucide-react";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { loadAddress } from "../session/load-address.ts";
import type { RemoteFile } from "../session/remote-file.ts";
import { bytes } from "../shared/format.ts";
import "./address-field.css";
import { LargeFile } from "./large-file.tsx";

interface Props {
  readonly label: string;
  /** What stands there at first. */
  readonly address: string;
  /** The person asked for it just now. */
  readonly asked: boolean;
  readonly onFile: (file: File | RemoteFile) => void;
}

/** How far a load is; the total is 0 where nobody said it. */
interface Far {
  readonly done: number;
  readonly total: number;
}

/** A large file, and what hears whether it is to stay where it is. */
interface Choice {
  readonly file: RemoteFile;
  readonly decide: (inParts: boolean) => void;
}

/** Where a person says which address to load a file from. Nothing is asked for before they press the button. */
export function AddressField({ label, address, asked, onFile }: Props): ReactNode {
  const [text, setText] = useState(address);
  const [far, setFar] = useState<Far>();
  const [choice, setChoice] = useState<Choice>();
  const [fault, setFault] = useState<FaultData>();
  const loading = useRef<AbortController>(undefined);
  useEffect(() => () => loading.current?.abort(), []);

  const load = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (far !== undefined) return;
    const stop = new AbortController();
    loading.current = stop;
    setFault(undefined);
    setFar({ done: 0, total: 0 });
    try {
      const progress = (done: number, total: number): void => setFar({ done, total });
      const inParts = (file: RemoteFile): Promise<boolean> =>
        new Promise<boolean>((decide, stopped) => {
          stop.signal.addEventListener("abort", () => stopped(stop.signal.reason as Error));
          setChoice({ file, decide });
        }).finally(() => setChoice(undefined));
      onFile(await loadAddress(text, { signal: stop.signal, progress, inParts }));
    } catch (error) {
      if (!stop.signal.aborted) setFault(faultData(error));
    }
    setFar(undefined);
  };

  return (
    <form className="address-field" onSubmit={(event) => void load(event)} noValidate>
      <input
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        placeholder="https://…"
        aria-label={`Address of ${label}`}
        value={text}
        readOnly={far !== undefined}
        aria-invalid={fault !== undefined}
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- the person just asked for this field
        autoFocus={asked}
        onChange={(event) => setText(event.target.value)}
      />
      {far === undefined ? (
        <button type="submit" className="button" disabled={text.trim() === ""}>
          <Download size={15} />
          Load
        </button>
      ) : choice !== undefined ? (
        <LargeFile {...choice} onStop={() => loading.current?.abort()} />
      ) : (
        <LoadingView far={far} onStop={() => loading.current?.abort()} />
      )}
      {fault !== undefined && (
        <p role="alert">
          {fault.message}
          {fault.hint !== undefined && `: ${fault.hint}`}
        </p>
      )}
    </form>
  );
}

function LoadingView({ far, onStop }: { readonly far: Far; readonly onStop: () => void }): ReactNode {
  const { done, total } = far;
  return (
    <>
      <button type="button" className="button" onClick={onStop}>
        <Square size={13} />
        Stop
      </button>
      <progress aria-label="loading" value={total > 0 ? done : undefined} max={Math.max(total, 1)} />
      <span className="address-count">
        {bytes(done)}
        {total > 0 && ` of ${bytes(total)}`}
      </span>
    </>
  );
}
