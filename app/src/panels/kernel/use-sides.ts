import type { KernelReport } from "@tilebook/notebook";
import { useMemo } from "react";
import { type Copy, useCopy } from "./copy/copies.ts";
import { copyName, copyView } from "./copy/copy-view.ts";
import type { LinkedView } from "./line-links.ts";
import type { Detail } from "./use-detail.ts";
import { useViews } from "./use-views.ts";
import { useKernelView } from "./view-state.ts";

/** Which texts there are, and which of them stand left and right. */
export interface Sides {
  /** The sources and stages. */
  readonly views: readonly LinkedView[];
  /** And the person's copy of the WGSL, if there is one. */
  readonly all: readonly LinkedView[];
  readonly left: LinkedView | undefined;
  readonly right: LinkedView | undefined;
  /** Both are there when the right one is the copy. */
  readonly copy: Copy | undefined;
  readonly original: LinkedView | undefined;
}

export function useSides(report: KernelReport, detail: Detail): Sides {
  const views = useViews(report, detail);
  const copy = useCopy(report.key);
  const original = views.find(({ name }) => name === "WGSL");
  const text = copy?.text;
  const all = useMemo(
    () => (text === undefined || original === undefined ? views : [...views, copyView(original, text)]),
    [views, original, text],
  );
  const set = useKernelView((state) => state);
  // The WGSL was put on the left only to stand beside the copy.
  const lone = set.right === copyName && copy === undefined;
  return {
    views,
    all,
    left: (lone ? undefined : views.find(({ name }) => name === set.left)) ?? views[0],
    right: all.find(({ name }) => name === set.right) ?? views.at(-1),
    copy,
    original,
  };
}
