import { describe, expect, test } from "vitest";
import { referencePage } from "./reference-page.ts";

const shipped = ["tensors", "wgsl-by-hand"];

describe("a page of the documentation in the gallery", () => {
  test.each([
    ["a page that ships", "[out](tensors.md#kernels)", "[out](#g=tensors)"],
    ["a notebook", "[by hand](../public/notebooks/wgsl-by-hand.nb.md)", "[by hand](#g=wgsl-by-hand)"],
    ["a heading", "[views](#views)", "[views](#views)"],
    ["the web", "[WGSL](https://www.w3.org/TR/WGSL/)", "[WGSL](https://www.w3.org/TR/WGSL/)"],
    ["a page that does not ship", "see [security](security.md#walls).", "see security."],
    ["nothing: a call in code", "x[0](tensors) and [a](b)", "x[0](tensors) and [a](b)"],
  ])("[RP1] a link to %s", (_, text, wanted) => {
    expect(referencePage(text, shipped)).toBe(wanted);
  });
});
