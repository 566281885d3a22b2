import { positionAt } from "@tilebook/base";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { runText } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

interface BadCell {
  readonly title: string;
  /** Cells of a notebook; the message is expected on one of them. */
  readonly cells: readonly string[];
  /** Which cell, and on which of its lines. */
  readonly cell: number;
  readonly line: number;
  /** The cell that the line is in, when it is another one. */
  readonly at?: number;
  readonly code: RegExp;
  /** What the message must say, hint included. */
  readonly says: RegExp;
}

const badCells: readonly BadCell[] = [
  {
    title: "a syntax error",
    cells: ["const a = 1;\nconst b = ;\nconst c = 3;"],
    cell: 0,
    line: 2,
    code: /syntax/,
    says: /./,
  },
  {
    title: "a wrong type in a kernel",
    cells: [
      "const k = kernel((x: Ptr, y: Ptr) => {\n  const i = arange(16);\n  store(y + i, load(7));\n});\nk.launch(1, tensor.ones([16]), out([16]))",
    ],
    cell: 0,
    line: 3,
    code: /tile|kernel/,
    says: /pointer|Ptr/,
  },
  {
    title: "shapes that do not fit in a kernel",
    cells: [
      "const k = kernel((x: Ptr, y: Ptr) => {\n  const a = zeros([16, 32]);\n  const b = zeros([16, 32]);\n  const c = dot(a, b);\n  store(y + expand(arange(16), 1) * 32 + expand(arange(32), 0), c);\n});\nk.launch(1, tensor.ones([512]), out([512]))",
    ],
    cell: 0,
    line: 4,
    code: /./,
    says: /\[16, 32\][\s\S]*\[16, 32\]/,
  },
  {
    title: "shapes that do not fit in tensors",
    cells: ["const a = tensor.ones([4, 5]);\nconst b = tensor.ones([6, 7]);\nmatmul(a, b)"],
    cell: 0,
    line: 3,
    code: /shape/,
    says: /\[4, 5\][\s\S]*\[6, 7\]/,
  },
  {
    title: "a tile size that is no power of two",
    cells: [
      "const k = kernel((y: Ptr) => {\n  const i = arange(48);\n  store(y + i, i.to('f32'));\n});\nk.launch(1, out([48]))",
    ],
    cell: 0,
    line: 2,
    code: /./,
    says: /48[\s\S]*(32|64)/,
  },
  {
    title: "more memory than there is",
    cells: ["const small = tensor.ones([4]);\nconst big = tensor.zeros([40000, 40000]).add(1);\nbig"],
    cell: 0,
    line: 2,
    code: /memory/,
    says: /40000[\s\S]*(GiB|MiB)/,
  },
  {
    title: "an unknown name",
    cells: ["const height = 2;", "const area =\n  hieght * 3;"],
    cell: 1,
    line: 2,
    code: /name/,
    says: /hieght[\s\S]*height/,
  },
  {
    title: "a cycle",
    cells: ["const a = b + 1;", "const b = a + 1;"],
    cell: 0,
    line: 1,
    code: /name/,
    says: /a[\s\S]*b/,
  },
  {
    title: "a name defined twice",
    cells: ["const twice = 1;", "const once = 1;\nconst twice = 2;"],
    cell: 1,
    line: 2,
    code: /name/,
    says: /twice/,
  },
  {
    title: "an error while it runs",
    cells: ["const list = [1, 2];\n\nlist.at(5).length"],
    cell: 0,
    line: 3,
    code: /runtime/,
    says: /undefined/,
  },
  {
    title: "an import",
    cells: ["import { x } from 'somewhere';\nx"],
    cell: 0,
    line: 1,
    code: /./,
    says: /import/,
  },
  {
    title: "a tensor that its own cell disposed, which is no fault there",
    cells: [
      "const kept = tensor([1]).add(1);\nconst list = [kept];\nawait realize(kept);\nkept.dispose();",
      "const one = list.length;\nkept.add(one)",
    ],
    cell: 1,
    line: 2,
    code: /disposed/,
    says: /disposed/,
  },
  {
    title: "an endless loop in a raw kernel",
    cells: [
      "@group(0) @binding(0) var<storage, read_write> y: array<f32>;\n@compute @workgroup_size(1) fn spin() {\n  loop { y[0] = y[0] + 1.0; }\n}",
      "await cell0.launch(1, { y: out([1]) })",
    ],
    cell: 1,
    at: 0,
    line: 3,
    code: /out-of-fuel/,
    says: /loop of spin[\s\S]*turns/,
  },
];

function notebookOf(bad: BadCell): string {
  return bad.cells
    .map(
      (text, index) =>
        `\`\`\`${text.startsWith("@group") ? "wgsl" : "ts"} {#cell${index}}\n${text}\n\`\`\`\n`,
    )
    .join("\n");
}

describe("bad cells", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test.each(badCells)("[B1] $title: one clear message, on its line", async (bad) => {
    const { page, close } = await openNotebook(browser);
    const cells = (await runText(page, notebookOf(bad))).filter((cell) => cell.kind !== "prose");
    const cell = cells[bad.cell];
    const fault = cell?.fault;
    expect(
      fault,
      `no fault: ${JSON.stringify(cells.map(({ status, fault: f }) => [status, f]))}`,
    ).toBeDefined();
    if (cell === undefined || fault === undefined) return;
    expect(fault.code).toMatch(bad.code);
    expect(`${fault.message}\n${fault.hint ?? ""}`).toMatch(bad.says);
    const at = bad.at ?? bad.cell;
    expect(fault.span).toMatchObject({ source: `cell${at}` });
    expect(positionAt(cells[at]?.text ?? "", fault.span?.start ?? 0).line).toBe(bad.line);
    await page.getByText(fault.message).first().waitFor();
    await shoot(page, `bad-${bad.title.replaceAll(" ", "-")}`);
    await close();
  });
});
