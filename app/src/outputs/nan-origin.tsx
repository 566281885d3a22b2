import type { NaNOrigin } from "@tilebook/sandbox";
import type { ReactNode } from "react";
import { PlaceLink } from "../cells/place-link.tsx";
import type { NaNSearching } from "./use-nan-origin.ts";
import "./nan-origin.css";

interface Props {
  readonly cell: string;
  readonly searching: NaNSearching;
}

/** Where the first NaN of a tensor began, or how far the search for it is. */
export function NaNOriginView({ cell, searching: { search, stop } }: Props): ReactNode {
  if (search.kind === "none") return null;
  return (
    <div className="nan-origin" role="status">
      {search.kind === "seeking" && <Seeking {...search} stop={stop} />}
      {search.kind === "found" && <Found cell={cell} origin={search.origin} />}
      {search.kind === "failed" && (
        <p>
          {search.fault.message}
          {search.fault.hint !== undefined && <span className="nan-origin-more"> {search.fault.hint}</span>}
        </p>
      )}
    </div>
  );
}

function Seeking(props: {
  readonly done: number;
  readonly total: number;
  readonly stop: () => void;
}): ReactNode {
  const { done, total, stop } = props;
  return (
    <>
      <label className="progress">
        <span>Computing again, op by op</span>
        <progress value={total > 0 ? done : undefined} max={Math.max(total, 1)} />
      </label>
      <button type="button" className="button" onClick={stop}>
        Stop
      </button>
    </>
  );
}

function Found({ cell, origin }: { readonly cell: string; readonly origin: NaNOrigin }): ReactNode {
  const { kind, made, place, seen, span } = origin;
  const at = placeText(place);
  const where = at === placeText(seen) ? undefined : `It is the NaN at ${placeText(seen)} here.`;
  const link = <PlaceLink cell={cell} span={span} />;
  switch (kind) {
    case "made":
      return (
        <p>
          <code>{made}</code> gave the first NaN, at {at}, {link}. <More text={where} />
        </p>
      );
    case "data":
      return (
        <p>
          The first NaN came in with the data, at {at}, {link}. <More text={where} />
        </p>
      );
    case "forgotten":
      return (
        <p>
          The first NaN was at {at} of a value that this began with, {link}.{" "}
          <More text="Only its numbers are known, not how they were made: it is the result of earlier steps, or was kept over a restart. Look at an earlier step." />
        </p>
      );
    case "device":
      return (
        <p>
          Computed again on the processor, in f32, there is no NaN.{" "}
          <More text="It comes from the GPU's own arithmetic or order of adding: numbers near the end of f32, or a kernel whose programs race." />
        </p>
      );
  }
}

function More({ text }: { readonly text: string | undefined }): ReactNode {
  return text === undefined ? null : <span className="nan-origin-more">{text}</span>;
}

function placeText(place: readonly number[]): string {
  return `[${place.join(", ")}]`;
}
