import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { keyLabel, onMac } from "../commands/keys.ts";
import { useApp } from "../state/app.ts";
import { Dialog } from "./dialog.tsx";
import { type Choice, choices } from "./palette-choices.ts";
import { matching } from "./palette-match.ts";
import "./palette.css";

/** Everything that can be done, and every cell, by name. */
export function Palette(): ReactNode {
  const openDialog = useApp((state) => state.openDialog);
  const [all] = useState(choices);
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const found = matching(all, words);
  const current = found[Math.min(at, found.length - 1)];
  const choose = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    openDialog(undefined);
    choice.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) setAt((Math.min(at, found.length - 1) + step + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") choose(current);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog label="All commands" className="palette">
      <input
        className="palette-field"
        autoFocus
        placeholder="What to do, or a cell to go to"
        aria-label="What to do, or a cell to go to"
        aria-controls="palette-list"
        aria-activedescendant={current && `palette-${current.id}`}
        role="combobox"
        aria-expanded
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="palette-list" className="palette-list" role="listbox" aria-label="Found">
        {found.map((choice) => (
          <Row key={choice.id} choice={choice} current={choice === current} onChoose={choose} />
        ))}
        {found.length === 0 && <li className="palette-none">Nothing is called that.</li>}
      </ul>
    </Dialog>
  );
}

interface RowProps {
  readonly choice: Choice;
  readonly current: boolean;
  readonly onChoose: (choice: Choice) => void;
}

function Row({ choice, current, onChoose }: RowProps): ReactNode {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (current) row.current?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <li
      ref={row}
      id={`palette-${choice.id}`}
      role="option"
      aria-selected={current}
      onClick={() => onChoose(choice)}
    >
      <span className="palette-group">{choice.group}</span>
      <span className="palette-title">
        {choice.title}
        {hasMore(choice) && <span className="palette-also">{choice.also}</span>}
      </span>
      {choice.key !== undefined && <kbd className="key">{keyLabel(choice.key, onMac())}</kbd>}
    </li>
  );
}

/** Its names say more than its title. */
function hasMore({ title, also = "" }: Choice): boolean {
  return also !== "" && also !== title;
}
