import { type FaultData, faultData } from "@tilebook/base";
import type { KernelDetail, KernelReport } from "@tilebook/notebook";
import { useEffect, useState } from "react";
import { inspect } from "../../session/machine.ts";

/** The texts of a kernel: on their way, here, or gone for a reason. */
export type Detail =
  | { readonly kind: "loading" }
  | { readonly kind: "here"; readonly detail: KernelDetail }
  | { readonly kind: "gone"; readonly fault: FaultData };

/** What was fetched stays as long as its report, also when the worker it came from is gone. */
const fetched = new WeakMap<KernelReport, Detail>();

/** The same kernel of the run before is shown until the new texts are there: a slider must not make the panel blink. */
const latest = new Map<string, Detail>();
const MOST_LATEST = 50;

const loading: Detail = { kind: "loading" };

/** The texts behind a report, fetched when somebody looks. */
export function useDetail(report: KernelReport): Detail {
  const [, redraw] = useState(0);
  useEffect(() => {
    if (fetched.get(report)?.kind === "here") return undefined;
    let current = true;
    const got = (detail: Detail) => {
      fetched.set(report, detail);
      remember(report, detail);
      if (current) redraw((count) => count + 1);
    };
    inspect({ cell: report.cell, kernel: report.key }).then(
      (detail) => got({ kind: "here", detail }),
      (error: unknown) => got({ kind: "gone", fault: faultData(error) }),
    );
    return () => {
      current = false;
    };
  }, [report]);
  return fetched.get(report) ?? latest.get(nameOf(report)) ?? loading;
}

function remember(report: KernelReport, detail: Detail): void {
  const name = nameOf(report);
  latest.delete(name);
  if (detail.kind === "here") latest.set(name, detail);
  for (const oldest of latest.keys()) {
    if (latest.size <= MOST_LATEST) break;
    latest.delete(oldest);
  }
}

function nameOf({ cell, key }: KernelReport): string {
  return JSON.stringify([cell, key]);
}
