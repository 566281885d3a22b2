import { parse } from "@tilebook/notebook";
import { describe, expect, test } from "vitest";
import { notebooks } from "../state/notebooks.ts";
import { rewritesOf } from "./rename-kernel.ts";

function fence(kind: string, text: string): string {
  return `\`\`\`${kind}\n${text}\n\`\`\`\n\n`;
}

function rewrites(...cells: string[]): ReturnType<typeof rewritesOf> {
  const kernel = fence("wgsl {#filters}", "@compute @workgroup_size(1) fn blur() {}");
  const document = parse(kernel + cells.map((text) => fence("ts", text)).join(""));
  return rewritesOf(notebooks.open(document), "filters", "sharpen");
}

describe("renaming a WGSL cell", () => {
  test("[RK1] rewrites the cells that use it, and no others", () => {
    const found = rewrites("const y = await filters.blur(1, {});", "const z = { filters: 1 };");
    expect(found.refused).toEqual([]);
    expect(found.rewrites.map(({ after }) => after)).toEqual(["const y = await sharpen.blur(1, {});"]);
  });

  test("[RK2] says in which cell it cannot be done, and why", () => {
    const found = rewrites("const f = (sharpen) => filters.blur(sharpen, {});");
    expect(found.rewrites).toEqual([]);
    expect(found.refused[0]).toContain("sharpen is a name of its own there");
    expect(rewrites("filters.blur(").refused).toHaveLength(1);
    expect(rewrites("blur(").refused).toEqual([]);
  });
});
