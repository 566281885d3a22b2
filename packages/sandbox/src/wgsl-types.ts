import type { Admitted, RawBinding, RawLayout, RawOverride } from "@tilebook/runtime";
import { entriesOf, type WgslCell } from "./wgsl-cell.ts";

/**
 * Declarations of what WGSL cells give to others, for the editor: a buffer that a kernel does not have, or one it lacks,
 * is an error in the cell that calls it. What is hovered shows the line of the kernel's text.
 */
export function wgslTypes(cells: readonly WgslCell[]): string {
  return cells.map(declared).join("");
}

function declared(cell: WgslCell): string {
  const entries = entriesOf(cell);
  const [only] = entries;
  if (only === undefined) return `declare const ${cell.id}: { readonly name: string };\n`;
  const launch = entries.length === 1 ? [member("launch", only)] : [];
  const members = [...launch, ...entries.map((entry) => member(entry.entry, entry))];
  return `/** ${entries.length === 1 ? "A kernel" : "Kernels"} in WGSL. */
declare const ${cell.id}: {
  readonly name: string;
${members.join("")}};
`;
}

function member(name: string, admitted: Admitted): string {
  const { entry, workgroupSize, bindings, overrides } = admitted;
  const doc = [
    `Runs \`${entry}\` over a grid of workgroups of ${workgroupSize.join(" x ")} threads.`,
    "",
    ...bindings.map((binding) => `- \`${binding.name}\`: ${sayBinding(binding)}`),
    ...overrides.map((override) => `- \`${override.name}\`: ${sayOverride(override)}`),
    "",
    `Gives back ${sayResult(bindings)}.`,
  ];
  return `  /**
${doc.map((line) => `   * ${safe(line)}`).join("\n")}
   */
  readonly ${name}: (
    grid: number | readonly number[],
    given: {
${[...bindings.map(bufferMember), ...overrides.map(overrideMember)].join("")}    },
  ) => Promise<${resultType(bindings)}>;
`;
}

function bufferMember(binding: RawBinding): string {
  return `      /** ${safe(sayBinding(binding))} */
      readonly ${binding.name}: ${bufferType(binding)};
`;
}

function overrideMember(override: RawOverride): string {
  const type = override.dtype === "bool" ? "boolean" : "number";
  return `      /** ${safe(sayOverride(override))} */
      readonly ${override.name}${override.value === undefined ? "" : "?"}: ${type};
`;
}

function bufferType({ access, layout }: RawBinding): string {
  if (access === "readwrite") return "Out";
  return layout === undefined ? "Tensor" : `Tensor | ${valueType(layout)}`;
}

/** What numbers of a layout look like in TypeScript. */
function valueType(layout: RawLayout): string {
  switch (layout.kind) {
    case "scalar":
      return "number";
    case "list":
      return listType(valueType(layout.of), layout.count);
    case "struct":
      return `{ ${layout.fields.map(({ name, layout: of }) => `readonly ${name}: ${valueType(of)}`).join("; ")} }`;
  }
}

function listType(of: string, count: number): string {
  if (count > 4) return `ArrayLike<${of}>`;
  return `readonly [${Array.from({ length: count }, () => of).join(", ")}]`;
}

function resultType(bindings: readonly RawBinding[]): string {
  const written = bindings.filter(({ access }) => access === "readwrite");
  if (written.length === 1) return "Tensor";
  return `{ ${written.map(({ name }) => `readonly ${name}: Tensor`).join("; ")} }`;
}

const spaces: Record<RawBinding["access"], string> = {
  read: "storage, read",
  readwrite: "storage, read_write",
  uniform: "uniform",
};

/** Without its place, which a caller has no use for, and whose `@` begins a tag of the comment this stands in. */
function sayBinding({ access, name, type }: RawBinding): string {
  return `\`var<${spaces[access]}> ${name}: ${type}\``;
}

function sayOverride({ name, dtype, value }: RawOverride): string {
  return `\`override ${name}: ${dtype}${value === undefined ? "" : ` = ${value}`}\``;
}

function sayResult(bindings: readonly RawBinding[]): string {
  const written = bindings.filter(({ access }) => access === "readwrite").map(({ name }) => `\`${name}\``);
  if (written.length === 0) return "nothing: it writes no buffer";
  return written.length === 1
    ? `the tensor ${written.join("")}`
    : `the tensors ${written.join(", ")} by name`;
}

/** The text of a cell must not end the comment it stands in. */
function safe(text: string): string {
  return text.replaceAll("*/", "* /");
}
