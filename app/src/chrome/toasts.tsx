import { type ReactNode, useEffect } from "react";
import { useApp } from "../state/app.ts";
import type { Toast } from "../state/view-slice.ts";
import "./toasts.css";

const shownFor = 6000;

export function Toasts(): ReactNode {
  const toasts = useApp((state) => state.toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <ToastView key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastView({ toast }: { readonly toast: Toast }): ReactNode {
  const dismiss = useApp((state) => state.dismiss);
  useEffect(() => {
    const timer = setTimeout(() => dismiss(toast.id), shownFor);
    return () => clearTimeout(timer);
  }, [dismiss, toast.id]);
  const { action } = toast;
  return (
    <div className="toast" data-tone={toast.tone}>
      <span>{toast.text}</span>
      {action !== undefined && (
        <button
          type="button"
          onClick={() => {
            dismiss(toast.id);
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
    </div>
  );
}
