import { type ReactNode } from "react";
import type { LinkedView } from "../line-links.ts";

interface Props {
  readonly views: readonly LinkedView[];
  readonly current: LinkedView;
  readonly onChoose: (name: string) => void;
}

/** Which text a side shows: the sources, then the stages of the compiler in order, with the passes that changed nothing. */
export function StageChoice({ views, current, onChoose }: Props): ReactNode {
  return (
    <select
      className="stage-choice"
      aria-label="Source and stages of the compiler"
      value={current.name}
      onChange={(event) => onChoose(event.target.value)}
    >
      {views.map(({ name, quiet = [] }) => [
        <option key={name}>{name}</option>,
        ...quiet.map((pass) => (
          <option key={`${name} ${pass}`} disabled>
            {`· ${pass}: no change`}
          </option>
        )),
      ])}
    </select>
  );
}
