import type { WgslEntry } from "../wgsl-shape.ts";
import { howToCall } from "./raw-kernel.ts";

/** What a WGSL cell shows: what its kernels take, and what to write in another cell to run them. */
export function showKernels(
  name: string | undefined,
  entries: readonly WgslEntry[],
): { readonly table: object; readonly usage: object } {
  const rows = entries.flatMap((entry) => [
    ...entry.bindings.map((one) => [entry.entry, one.name, written[one.access], one.type]),
    ...entry.overrides.map((one) => [entry.entry, one.name, "override", sayOverride(one)]),
  ]);
  const sizes = entries.map(
    ({ entry, workgroupSize }) => `${entry}, workgroups of ${workgroupSize.join(" x ")}`,
  );
  const columns = ["entry point", "name", "access", "type"];
  return {
    table: { $output: true, kind: "table", columns, rows, total: rows.length, label: sizes.join("; ") },
    usage: { $output: true, kind: "markdown", text: usage(name, entries) },
  };
}

/** As WGSL spells it. */
const written: Record<WgslEntry["bindings"][number]["access"], string> = {
  read: "read",
  readwrite: "read_write",
  uniform: "uniform",
};

function sayOverride({ dtype, value }: WgslEntry["overrides"][number]): string {
  return value === undefined ? dtype : `${dtype} = ${value}`;
}

/** Markdown. Without a `name` no other cell can call it. */
function usage(name: string | undefined, entries: readonly WgslEntry[]): string {
  if (name === undefined) return "To call it from other cells, give this one an id that is a name: `{#blur}`";
  const calls = entries.map((entry) => `\`await ${howToCall(name, entries, entry)}\``);
  if (calls.length === 1) return `Call it from another cell: ${calls.join("")}`;
  return `Call them from another cell:\n\n${calls.map((call) => `- ${call}`).join("\n")}`;
}
