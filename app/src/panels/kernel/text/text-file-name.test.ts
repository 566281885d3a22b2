import { expect, test } from "vitest";
import { textFileName } from "./text-file-name.ts";

test("[M3] files are called by their kernel and their stage", () => {
  expect(textFileName("scale", { name: "WGSL", text: "", spans: [] })).toBe("scale.wgsl");
  expect(textFileName("scale", { name: "Source: use", text: "", source: "use" })).toBe("scale.ts");
  expect(textFileName("scale", { name: "Tile IR: fold constants", text: "", spans: [] })).toBe(
    "scale.tile-ir-fold-constants.txt",
  );
});
