import { parse, print, toDocument } from "@tilebook/notebook";
import { describe, expect, test } from "vitest";
import { faultOfName, freeKernelName, withKernelNames } from "./kernel-names.ts";
import { notebooks } from "./notebooks.ts";

const file = `\`\`\`wgsl
fn a() {}
\`\`\`

\`\`\`ts
const kernel2 = 1
\`\`\`

\`\`\`wgsl {#mine}
fn b() {}
\`\`\`

\`\`\`wgsl {.hidden}
fn c() {}
\`\`\`
`;

describe("names of WGSL cells", () => {
  test("[N1] a cell without one gets a readable one that no cell has or defines", () => {
    const { cells } = notebooks.open(withKernelNames(parse(file)));
    expect(cells.filter(({ kind }) => kind === "wgsl").map(({ id }) => id)).toEqual([
      "kernel1",
      "mine",
      "kernel3",
    ]);
    expect(cells[0]?.analysis?.defines.map(({ name }) => name)).toEqual(["kernel1"]);
    expect(freeKernelName(cells)).toBe("kernel4");
  });
  test("[N2] the names are written into the file", () => {
    const source = parse(file);
    const opened = notebooks.open(withKernelNames(source));
    expect(print(toDocument(opened, source))).toBe(
      file
        .replace("```wgsl\nfn a", "```wgsl {#kernel1}\nfn a")
        .replace("wgsl {.hidden}", "wgsl {#kernel3 .hidden}"),
    );
  });
  test("[N3] a document in which all have one stays the very same", () => {
    const document = parse("```wgsl {#mine}\nfn b() {}\n```\n");
    expect(withKernelNames(document)).toBe(document);
  });
  test("[N4] a name must be usable in TypeScript and free", () => {
    const { cells } = notebooks.open(parse(file));
    expect(faultOfName("scale", cells)).toBeUndefined();
    expect(faultOfName("my scale", cells)).toContain("letters");
    expect(faultOfName("a-b", cells)).toContain("letters");
    expect(faultOfName("mine", cells)).toContain("Another cell");
    expect(faultOfName("kernel2", cells)).toContain("Another cell");
    for (const name of ["kernel", "out", "class", "await"])
      expect(faultOfName(name, cells)).toContain("every cell has");
  });
});
