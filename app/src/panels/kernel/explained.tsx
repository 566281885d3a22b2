import { type PointerEvent, type ReactNode, useId, useRef } from "react";
import "./explained.css";

interface Props {
  readonly label: string;
  readonly about: readonly string[];
}

/** A word that says what it means when it is pointed at, focused or tapped; Escape and a tap elsewhere end it. */
export function Explained({ label, about }: Props): ReactNode {
  const id = useId();
  const word = useRef<HTMLButtonElement>(null);
  const card = useRef<HTMLDivElement>(null);
  const show = (): void => {
    if (card.current === null || word.current === null || card.current.matches(":popover-open")) return;
    card.current.showPopover();
    place(card.current, word.current);
  };
  const hide = (): void => card.current?.hidePopover();
  return (
    <>
      <button
        ref={word}
        type="button"
        className="explained"
        aria-describedby={id}
        onPointerEnter={(event) => isMouse(event) && show()}
        onPointerLeave={(event) => isMouse(event) && hide()}
        onFocus={show}
        onBlur={hide}
        onClick={show}
      >
        {label}
      </button>
      <div ref={card} id={id} popover="auto" role="tooltip" className="explanation">
        {about.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
    </>
  );
}

/** A finger taps, which is a click. */
function isMouse({ pointerType }: PointerEvent): boolean {
  return pointerType === "mouse";
}

/** Below the word, inside of the window. */
function place(card: HTMLElement, word: HTMLElement): void {
  const at = word.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, window.innerWidth - card.offsetWidth - 8));
  const below = at.bottom + 6;
  const fits = below + card.offsetHeight < window.innerHeight - 8;
  card.style.left = `${left}px`;
  card.style.top = `${fits ? below : Math.max(8, at.top - card.offsetHeight - 6)}px`;
}
