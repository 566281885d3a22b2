import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";
import "./menu.css";

export interface MenuItem {
  readonly label: string;
  readonly hint?: string;
  readonly checked?: boolean;
  readonly tone?: "bad";
  /** A line above it. */
  readonly apart?: boolean;
  readonly run: () => void;
}

interface Props {
  readonly label: string;
  readonly icon: ReactNode;
  readonly items: readonly MenuItem[];
  readonly className?: string;
}

/** A button that opens a list of things to do. The browser's popover closes it on Escape and on a click elsewhere. */
export function Menu({ label, icon, items, className = "tool" }: Props): ReactNode {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  // Its size is known when its items are there.
  useLayoutEffect(() => {
    if (!open || button.current === null || list.current === null) return;
    place(list.current, button.current);
    list.current.querySelector<HTMLElement>("button")?.focus();
  }, [open]);
  const choose = (item: MenuItem) => {
    list.current?.hidePopover();
    button.current?.focus({ preventScroll: true });
    item.run();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        title={label}
        popoverTarget={id}
      >
        {icon}
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        className="menu"
        role="menu"
        aria-label={label}
        onToggle={(event) => setOpen(event.newState === "open")}
        onKeyDown={moveFocus}
      >
        {open &&
          items.map((item) => (
            <button
              key={item.label}
              type="button"
              role={item.checked === undefined ? "menuitem" : "menuitemradio"}
              aria-checked={item.checked}
              data-tone={item.tone}
              data-apart={item.apart || undefined}
              onClick={() => choose(item)}
            >
              <span>{item.label}</span>
              {item.hint !== undefined && <kbd>{item.hint}</kbd>}
            </button>
          ))}
      </div>
    </>
  );
}

/** Below the button, its right edges in line, and inside the window. */
function place(list: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.right - list.offsetWidth, window.innerWidth - list.offsetWidth - 8));
  const below = at.bottom + 4;
  const fits = below + list.offsetHeight < window.innerHeight - 8;
  list.style.left = `${left}px`;
  list.style.top = `${fits ? below : Math.max(8, at.top - list.offsetHeight - 4)}px`;
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  event.stopPropagation();
  const items = Array.from(event.currentTarget.querySelectorAll("button"));
  const at = items.findIndex((item) => item === document.activeElement);
  items.at((at + step + items.length) % items.length)?.focus();
}
