import type { ValueOutput, ValueTree } from "@tilebook/notebook";
import { type ReactNode, useState } from "react";
import { plural } from "../shared/format.ts";
import { previewOf, primitiveText, tensorText } from "./value-text.ts";
import "./value.css";

/** A value as a tree that opens where one looks. */
export function ValueView({ output }: { readonly output: ValueOutput }): ReactNode {
  return (
    <div className="value">
      <Entry name={output.name} value={output.value} open={false} />
    </div>
  );
}

interface EntryProps {
  readonly name: string | undefined;
  readonly value: ValueTree;
  readonly open: boolean;
}

function Entry({ name, value, open }: EntryProps): ReactNode {
  const label = name === undefined ? null : <span className="value-key">{name}</span>;
  if ("entries" in value) return <Branch label={label} value={value} open={open} />;
  return (
    <div className="value-leaf">
      {label}
      <Leaf value={value} />
    </div>
  );
}

type Leaves = Exclude<ValueTree, { readonly kind: "list" | "object" }>;

function Leaf({ value }: { readonly value: Leaves }): ReactNode {
  switch (value.kind) {
    case "primitive":
      return <span className={`value-${value.type}`}>{primitiveText(value)}</span>;
    case "function":
      return <span className="value-function">ƒ {value.name || "(no name)"}</span>;
    case "kernel":
      return <span className="value-function">kernel {value.name}</span>;
    case "tensor":
      return <span className="value-tensor">{tensorText(value.tensor)}</span>;
    case "cut":
      return <span className="value-cut">… (deeper than is shown)</span>;
  }
}

interface BranchProps {
  readonly label: ReactNode;
  readonly value: Extract<ValueTree, { readonly entries: unknown }>;
  readonly open: boolean;
}

function Branch({ label, value, open }: BranchProps): ReactNode {
  const [shown, setShown] = useState(open);
  const hidden = value.size - value.entries.length;
  return (
    <details open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>
        {label}
        <span className="value-preview">{previewOf(value)}</span>
      </summary>
      {shown && (
        <div className="value-children">
          {value.entries.map((entry) => (
            <Entry key={entry.key} name={entry.key} value={entry.value} open={false} />
          ))}
          {hidden > 0 && <div className="value-cut">and {plural(hidden, "more entry", "more entries")}</div>}
        </div>
      )}
    </details>
  );
}
