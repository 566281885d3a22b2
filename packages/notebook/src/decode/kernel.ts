import {
  aBoolean,
  anInteger,
  anObject,
  aNumber,
  aSpan,
  type Decoder,
  optional,
  type Origin,
} from "@tilebook/base";
import type { KernelDetail, KernelReport } from "../output.ts";
import { Budget, bounds } from "./bounds.ts";
import { faultDecoder } from "./fault.ts";

const count = anInteger(0, Number.MAX_SAFE_INTEGER);

/** Decodes what the kernel panel lists, as it comes out of the sandbox. Throws `decode/...`. */
export function decodeKernelReport(value: unknown): KernelReport {
  const budget = new Budget();
  const launch = anObject({
    first: count,
    times: count,
    grid: budget.list(count, 3),
    scalars: budget.list(anObject({ name: budget.text(256), value: aNumber }), bounds.scalars),
  });
  const report: Decoder<KernelReport> = anObject({
    cell: budget.text(128),
    name: budget.text(256),
    key: budget.text(1000),
    sources: budget.list(budget.text(256), bounds.sources),
    dispatches: count,
    programs: count,
    milliseconds: optional(aNumber),
    counts: budget.record(aNumber, bounds.counts),
    remarks: budget.list(faultDecoder(budget), bounds.remarks),
    launches: budget.list(launch, bounds.launches),
    fault: optional(faultDecoder(budget)),
  });
  return report(value, "report");
}

/** Decodes what the kernel panel shows of one kernel. Throws `decode/...`. */
export function decodeKernelDetail(value: unknown): KernelDetail {
  const budget = new Budget();
  const stage = anObject({
    name: budget.text(128),
    text: budget.text(bounds.stageText),
    spans: budget.list(optional(anOrigin(budget)), bounds.lines),
    quiet: budget.list(budget.text(128), bounds.stages),
  });
  const work = anObject({ flops: aNumber, bytesRead: aNumber, bytesWritten: aNumber, exact: aBoolean });
  const detail: Decoder<KernelDetail> = anObject({
    stages: budget.list(stage, bounds.stages),
    work: budget.list(work, bounds.launches),
  });
  return detail(value, "detail");
}

function anOrigin(budget: Budget): Decoder<Origin> {
  const also = optional(budget.list(aSpan, bounds.pieces));
  return (value, path) => {
    const span = aSpan(value, path);
    const { also: pieces } = anObject({ also })(value, path);
    return pieces === undefined ? span : { ...span, also: pieces };
  };
}
