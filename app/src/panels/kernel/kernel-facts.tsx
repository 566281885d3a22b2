import type { KernelReport } from "@tilebook/notebook";
import type { ReactNode } from "react";
import { bytes, duration, grouped, plural, significant } from "../../shared/format.ts";

/** Counted from the code, measured on the device, and what the compiler has to say. */
export function KernelFacts({ report }: { readonly report: KernelReport }): ReactNode {
  const { milliseconds, dispatches, programs, counts, remarks } = report;
  return (
    <>
      <dl className="kernel-facts">
        <div data-main>
          <dt>GPU time</dt>
          <dd>{milliseconds === undefined ? "not measured" : duration(milliseconds)}</dd>
        </div>
        <div>
          <dt>runs</dt>
          <dd>
            {plural(dispatches, "dispatch", "dispatches")} of {plural(programs, "program")}
          </dd>
        </div>
        {Object.entries(counts).map(([name, value]) => (
          <div key={name}>
            <dt>{countNames[name] ?? name}</dt>
            <dd>{countText(name, value)}</dd>
          </div>
        ))}
      </dl>
      {remarks.map((remark) => (
        <p className="kernel-remark" key={remark.message}>
          {remark.message}
          {remark.hint !== undefined && <span> {remark.hint}</span>}
        </p>
      ))}
    </>
  );
}

const countNames: Readonly<Record<string, string>> = {
  flops: "operations a program",
  bytesRead: "read a program",
  bytesWritten: "written a program",
  workgroupBytes: "workgroup memory",
  barriers: "barriers",
  registers: "registers a thread",
};

function countText(name: string, value: number): string {
  if (/bytes/i.test(name)) return bytes(value);
  return Number.isInteger(value) ? grouped(value) : significant(value);
}
