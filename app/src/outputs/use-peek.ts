import { faultData } from "@tilebook/base";
import type { TensorSummary } from "@tilebook/notebook";
import type { TensorPeek } from "@tilebook/sandbox";
import { useEffect, useState } from "react";
import { peek as ask } from "../session/machine.ts";
import { peekRequest, type TensorWindow } from "./tensor-window.ts";

interface Seen {
  readonly peek: TensorPeek | undefined;
  readonly fault: string | undefined;
}

/** Reads back the window of the tensor. The last picture stays until the next one is there. */
export function usePeek(tensor: TensorSummary, window: TensorWindow): Seen {
  const [seen, setSeen] = useState<Seen>({ peek: undefined, fault: undefined });
  const request = JSON.stringify(peekRequest(tensor.handle, tensor.shape, window));
  useEffect(() => {
    let wanted = true;
    ask(JSON.parse(request) as ReturnType<typeof peekRequest>).then(
      (peek) => wanted && setSeen({ peek, fault: undefined }),
      (error: unknown) => wanted && setSeen((last) => ({ ...last, fault: goneText(error) })),
    );
    return () => {
      wanted = false;
    };
  }, [request]);
  return seen;
}

function goneText(error: unknown): string {
  const { code, message } = faultData(error);
  return code === "executor/unknown-tensor"
    ? "The values are no longer on the device. Run the cell to see them."
    : message;
}
