import { anInteger, anObject, aNumber, aSpan, type Decoder, optional } from "@tilebook/base";
import type { KernelReport } from "../output.ts";
import { Budget, bounds } from "./bounds.ts";
import { faultDecoder } from "./fault.ts";

/** Decodes what the kernel panel shows, as it comes out of the sandbox. Throws `decode/...`. */
export function decodeKernelReport(value: unknown): KernelReport {
  const budget = new Budget();
  const count = anInteger(0, Number.MAX_SAFE_INTEGER);
  const stage = anObject({
    name: budget.text(128),
    text: budget.text(2 ** 20),
    spans: budget.list(span, bounds.lines),
  });
  const report: Decoder<KernelReport> = anObject({
    cell: budget.text(128),
    name: budget.text(256),
    key: budget.text(1000),
    stages: budget.list(stage, bounds.stages),
    dispatches: count,
    programs: count,
    milliseconds: optional(aNumber),
    counts: budget.record(aNumber, bounds.counts),
    remarks: budget.list(faultDecoder(budget), bounds.remarks),
  });
  return report(value, "report");
}

const span: Decoder<ReturnType<typeof aSpan> | undefined> = optional(aSpan);
