import { faultData, type FaultData } from "@tilebook/base";
import type { NaNOrigin } from "@tilebook/sandbox";
import { useEffect, useRef, useState } from "react";
import { markOrigin } from "../editor/origin-line.ts";
import { nanOrigin } from "../session/machine.ts";

export type NaNSearch =
  | { readonly kind: "none" }
  | { readonly kind: "seeking"; readonly done: number; readonly total: number }
  | { readonly kind: "found"; readonly origin: NaNOrigin }
  | { readonly kind: "failed"; readonly fault: FaultData };

export interface NaNSearching {
  readonly search: NaNSearch;
  readonly begin: () => void;
  readonly stop: () => void;
}

/** Follows the first NaN of a tensor back when asked to, and marks the line that it leads to. */
export function useNaNOrigin(tensor: string): NaNSearching {
  const [last, setLast] = useState<{ readonly of: string; readonly search: NaNSearch }>();
  const setSearch = (search: NaNSearch): void => setLast({ of: tensor, search });
  const search: NaNSearch = last?.of === tensor ? last.search : { kind: "none" };
  const ending = useRef<AbortController>(undefined);
  useEffect(() => () => ending.current?.abort(), []);
  const begin = (): void => {
    const controller = new AbortController();
    const { signal } = controller;
    ending.current?.abort();
    ending.current = controller;
    setSearch({ kind: "seeking", done: 0, total: 0 });
    const show = (next: NaNSearch): void => {
      if (!signal.aborted) setSearch(next);
    };
    const progress = (done: number, total: number): void => show({ kind: "seeking", done, total });
    nanOrigin(tensor, { progress, signal }).then(
      (origin) => {
        if (!signal.aborted) markOrigin(origin.span);
        show({ kind: "found", origin });
      },
      (error: unknown) => show({ kind: "failed", fault: faultData(error) }),
    );
  };
  const stop = (): void => {
    ending.current?.abort();
    setSearch({ kind: "none" });
  };
  return { search, begin, stop };
}
