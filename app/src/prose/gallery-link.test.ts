import { describe, expect, test } from "vitest";
import { galleryLink } from "./gallery-link.ts";

describe("links to files of the gallery", () => {
  test.each([
    ["prefix-scan.nb.md", "#g=prefix-scan"],
    ["./prefix-scan.nb.md#the-carry", "#g=prefix-scan"],
    ["../../docs/wgsl-cells.md", "#g=wgsl-cells"],
    ["unknown.nb.md", undefined],
    ["prefix-scan.md.html", undefined],
    ["https://example.org/prefix-scan.nb.md", undefined],
    ["//example.org/prefix-scan.nb.md", undefined],
    ["javascript:prefix-scan.nb.md", undefined],
    ["#prefix-scan", undefined],
  ])("[GL1] %s leads to %s", (address, wanted) => {
    expect(galleryLink(address, ["prefix-scan", "wgsl-cells"])).toBe(wanted);
  });
});
