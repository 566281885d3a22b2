import { type PointerEvent, type ReactNode, useEffect, useRef } from "react";
import { useApp } from "../state/app.ts";
import "./dialog.css";

interface Props {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A modal of the browser's own: it keeps the focus inside, and Escape or a click outside closes it. */
export function Dialog({ label, className = "", children }: Props): ReactNode {
  const element = useRef<HTMLDialogElement>(null);
  const openDialog = useApp((state) => state.openDialog);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    if (dialog?.querySelector("input") === null) dialog.focus();
    return () => dialog?.close();
  }, []);
  const onPointerDown = (event: PointerEvent) =>
    event.target === event.currentTarget && openDialog(undefined);
  return (
    <dialog
      ref={element}
      className={`dialog ${className}`}
      tabIndex={-1}
      aria-label={label}
      onPointerDown={onPointerDown}
      onCancel={(event) => {
        event.preventDefault();
        openDialog(undefined);
      }}
    >
      <div className="dialog-inside">{children}</div>
    </dialog>
  );
}
