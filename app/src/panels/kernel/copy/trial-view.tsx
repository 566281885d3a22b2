import { positionAt } from "@tilebook/base";
import { type OutputDifference, variantSource, type VariantResult } from "@tilebook/sandbox";
import { CircleAlert, CircleCheck, Equal } from "lucide-react";
import type { ReactNode } from "react";
import { plural, significant } from "../../../shared/format.ts";
import type { Copy, Trial } from "./copies.ts";
import type { CopyFault } from "./copy-editor.tsx";
import { SpeedView } from "./speed-view.tsx";

interface Props {
  readonly copy: Copy;
  readonly onReveal: (place: CopyFault) => void;
}

/** What came of running the copy: compared and measured, or why it did not run. */
export function TrialView({ copy, onReveal }: Props): ReactNode {
  const { trial, text } = copy;
  if (trial === undefined)
    return <p className="trial">Run it on the same arguments as the original: what comes out is compared.</p>;
  const old = trial.text !== text;
  return (
    <div className="trial" role="status" data-old={old || undefined} aria-busy={trial.kind === "running"}>
      <TrialText trial={trial} onReveal={onReveal} />
      {old && trial.kind !== "running" && <p className="trial-note">Edited since: this is the run before.</p>}
    </div>
  );
}

function TrialText({ trial, onReveal }: { readonly trial: Trial } & Pick<Props, "onReveal">): ReactNode {
  switch (trial.kind) {
    case "running":
      return <p>Running the cell, and the copy beside its kernel…</p>;
    case "refused":
      return <Refused trial={trial} onReveal={onReveal} />;
    case "compared":
      return <Compared result={trial.result} />;
  }
}

function Refused({
  trial,
  onReveal,
}: { readonly trial: Extract<Trial, { kind: "refused" }> } & Pick<Props, "onReveal">): ReactNode {
  const { message, hint } = trial.fault;
  const [place] = faultsOf(trial);
  return (
    <div className="trial-verdict" data-tone="bad">
      <CircleAlert size={16} aria-hidden />
      <p>
        {message}{" "}
        {place !== undefined && (
          <button type="button" className="link" onClick={() => onReveal(place)}>
            line {positionAt(trial.text, place.start).line}
          </button>
        )}
        {hint !== undefined && <span className="trial-note"> {hint}</span>}
      </p>
    </div>
  );
}

/** The places of the text that the fault, or what caused it, is about. */
export function faultsOf(trial: Trial | undefined): readonly CopyFault[] {
  const found: CopyFault[] = [];
  if (trial?.kind !== "refused") return found;
  for (let fault: typeof trial.fault | undefined = trial.fault; fault !== undefined; fault = fault.cause) {
    const { span, message } = fault;
    if (span?.source === variantSource) found.push({ start: span.start, end: span.end, message });
  }
  return found;
}

function Compared({ result }: { readonly result: VariantResult }): ReactNode {
  return (
    <>
      {result.outputs.map((output) => (
        <OutputView key={output.name} output={output} />
      ))}
      <SpeedView result={result} />
    </>
  );
}

function OutputView({ output }: { readonly output: OutputDifference }): ReactNode {
  const { name, shape, compared, different } = output;
  const size = shape.reduce((product, side) => product * side, 1);
  const part = compared < size ? ` (of ${plural(size, "element")})` : "";
  if (different === 0)
    return (
      <div className="trial-verdict" data-tone="good">
        <CircleCheck size={16} aria-hidden />
        <p>
          <code>{name}</code> is equal: all {plural(compared, "element")}
          {part}
        </p>
      </div>
    );
  return (
    <>
      <div className="trial-verdict" data-tone={isRounding(output) ? "good" : "bad"}>
        {isRounding(output) ? <Equal size={16} aria-hidden /> : <CircleAlert size={16} aria-hidden />}
        <p>
          <code>{name}</code> differs in {plural(different, "element")} of {compared.toLocaleString("en-US")}
          {part}, by at most {significant(output.most)}
          {isRounding(output) && ": as rounding does"}
          <span className="trial-note"> NMSE {significant(output.nmse, 2)}</span>
        </p>
      </div>
      <Worst output={output} />
    </>
  );
}

/** So little apart that another order of the same operations explains it. */
function isRounding({ nmse, worst }: OutputDifference): boolean {
  const numbers = worst.every(
    ({ original, variant }) => Number.isFinite(original) && Number.isFinite(variant),
  );
  return numbers && nmse < 1e-10;
}

function Worst({ output }: { readonly output: OutputDifference }): ReactNode {
  return (
    <table className="trial-worst">
      <caption className="unseen">The elements that are farthest apart</caption>
      <thead>
        <tr>
          <th>worst</th>
          <th>original</th>
          <th>copy</th>
        </tr>
      </thead>
      <tbody>
        {output.worst.map(({ at, original, variant }) => (
          <tr key={at}>
            <th scope="row">
              {output.name}[{indexText(at, output.shape)}]
            </th>
            <td>{significant(original, 7)}</td>
            <td>{significant(variant, 7)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The row-major place as an index. */
function indexText(at: number, shape: readonly number[]): string {
  let rest = at;
  return shape
    .toReversed()
    .map((side) => {
      const index = rest % side;
      rest = Math.floor(rest / side);
      return index;
    })
    .toReversed()
    .join(", ");
}
