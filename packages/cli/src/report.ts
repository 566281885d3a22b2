import { type FaultData, positionAt } from "@tilebook/base";
import type { Output, PrintedOutput, TensorSummary, ValueTree } from "@tilebook/notebook";
import type { CellSnapshot, Snapshot } from "./page.ts";

export interface Check {
  readonly cell: string;
  readonly label: string;
  readonly passed: boolean;
  readonly measured: string;
  readonly expected: string;
}

/** What `tilebook run --json` prints. */
export interface RunReport {
  readonly title: string;
  readonly device: string;
  readonly passed: boolean;
  readonly checks: readonly Check[];
  readonly cells: readonly {
    readonly id: string;
    readonly status: string;
    readonly milliseconds?: number;
    /** With its place in the text of the cell that its span names. */
    readonly fault?: FaultData & { readonly line?: number; readonly column?: number };
    readonly outputs: readonly string[];
  }[];
}

/** A run passes when every cell ran, none failed, and every check passed. */
export function reportOf(snapshot: Snapshot): RunReport {
  const cells = snapshot.cells.filter((cell) => cell.kind !== "prose");
  const checks = cells.flatMap(checksOf);
  const ran = cells.every((cell) => cell.status === "fresh");
  return {
    title: snapshot.title,
    device: snapshot.device,
    passed: ran && checks.every((check) => check.passed),
    checks,
    cells: cells.map((cell) => ({
      id: cell.id,
      status: cell.status,
      ...(cell.milliseconds === undefined ? {} : { milliseconds: Math.round(cell.milliseconds) }),
      ...(cell.fault === undefined ? {} : { fault: placed(cells, cell.fault) }),
      outputs: cell.outputs.map(outputText).filter((text) => text !== ""),
    })),
  };
}

export function reportText(report: RunReport): string {
  const lines = report.cells.flatMap((cell) => [...cell.outputs, ...faultLines(cell)]);
  const failed = report.checks.filter((check) => !check.passed).length;
  const broken = report.cells.filter((cell) => cell.status !== "fresh").length;
  const verdict = [
    `${report.cells.length - broken} of ${report.cells.length} cells ran`,
    `${report.checks.length - failed} of ${report.checks.length} checks passed`,
    report.device,
  ].join(" · ");
  return [...lines, "", `${report.passed ? "PASSED" : "FAILED"}  ${verdict}`].join("\n");
}

function checksOf(cell: CellSnapshot): Check[] {
  return cell.outputs.flatMap((output) => {
    if (output.kind !== "check") return [];
    const { label, passed, measured, expected } = output;
    return [{ cell: cell.id, label, passed, measured, expected }];
  });
}

function placed(
  cells: readonly CellSnapshot[],
  fault: FaultData,
): FaultData & { readonly line?: number; readonly column?: number } {
  const { span } = fault;
  const text = cells.find(({ id }) => id === span?.source)?.text;
  return span === undefined || text === undefined ? fault : { ...fault, ...positionAt(text, span.start) };
}

function faultLines(cell: RunReport["cells"][number]): string[] {
  const { fault } = cell;
  if (fault === undefined)
    return cell.status === "fresh" ? [] : [`✗ ${cell.id}: did not run (${cell.status})`];
  const at = fault.line === undefined ? "" : `:${fault.line}:${fault.column}`;
  const own = fault.span?.source === cell.id;
  const said = own || at === "" ? fault.message : `${fault.message} (${fault.span?.source}${at})`;
  return [`✗ ${cell.id}${own ? at : ""}: ${said}`, ...(fault.hint === undefined ? [] : [`  ${fault.hint}`])];
}

/** A line for each tile that a kernel printed. */
function printedText({ kernel, tiles, more, dropped }: PrintedOutput): string {
  const lines = tiles.map(
    ({ text, program, values }) => `${kernel} [${program.join(", ")}] ${text}: ${values.join(" ")}`,
  );
  const rest = [
    ...(more === 0 ? [] : [`... and ${counted(more, "more tile")}`]),
    ...(dropped === 0 ? [] : [`... and ${counted(dropped, "element")} for which there was no room`]),
  ];
  return [...lines, ...rest].join("\n");
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

/** One output as lines for a terminal. */
export function outputText(output: Output): string {
  switch (output.kind) {
    case "value":
      return output.name === undefined
        ? valueText(output.value)
        : `${output.name} = ${valueText(output.value)}`;
    case "tensor":
      return `${output.name === undefined ? "" : `${output.name} = `}${tensorText(output.tensor)}`;
    case "image":
      return `[picture ${output.width} x ${output.height}${output.label === undefined ? "" : `: ${output.label}`}]`;
    case "table":
      return tableText(output.columns, output.rows, output.total);
    case "plot":
      return `[plot${output.title === undefined ? "" : `: ${output.title}`}]`;
    case "markdown":
    case "text":
      return output.text;
    case "input":
      return `${output.label}: ${String(output.value)}`;
    case "progress":
      return "";
    case "origin":
      return output.label ?? `[where ${output.place} of ${output.kernel} comes from]`;
    case "download":
      return `[file ${output.name}]`;
    case "printed":
      return printedText(output);
    case "check":
      return `${output.passed ? "✓" : "✗"} ${output.label}: ${output.measured} (expected ${output.expected})`;
  }
}

/** A value on one line, cut where a terminal would wrap. */
function tensorText({ dtype, shape, handle, kept }: TensorSummary): string {
  const stored = handle === "" ? ", a step on the way, not stored" : "";
  const how = kept === undefined ? stored : `, kept as ${kept.format}: ${kept.bits} bits a number`;
  return `tensor ${dtype}[${shape.join(", ")}]${how}`;
}

function valueText(tree: ValueTree): string {
  const text = treeText(tree);
  return text.length <= mostValueText ? text : `${text.slice(0, mostValueText - 1)}…`;
}

const mostValueText = 120;

function treeText(tree: ValueTree): string {
  switch (tree.kind) {
    case "primitive":
      return tree.type === "string" ? JSON.stringify(tree.text) : tree.text;
    case "function":
      return `function ${tree.name}`;
    case "kernel":
      return `kernel ${tree.name}`;
    case "tensor":
      return tensorText(tree.tensor);
    case "cut":
      return "…";
    case "list":
    case "object":
      return containerText(tree);
  }
}

function containerText(tree: Extract<ValueTree, { readonly entries: unknown }>): string {
  const shown = tree.entries.slice(0, 12);
  const more = tree.size > shown.length ? [`… ${tree.size - shown.length} more`] : [];
  const plain = tree.type === "Object" || tree.type === "Array" ? "" : `${tree.type} `;
  if (tree.kind === "list")
    return `${plain}[${[...shown.map((entry) => treeText(entry.value)), ...more].join(", ")}]`;
  const pairs = shown.map((entry) => `${entry.key}: ${treeText(entry.value)}`);
  return `${plain}{${[...pairs, ...more].join(", ")}}`;
}

function tableText(columns: readonly string[], rows: readonly (readonly unknown[])[], total: number): string {
  const text = [columns, ...rows.slice(0, 40).map((row) => row.map(String))];
  const widths = columns.map((_, column) => Math.max(...text.map((row) => (row[column] ?? "").length)));
  const lines = text.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, ...(total > 40 ? [`… ${total - 40} more rows`] : [])].join("\n");
}
