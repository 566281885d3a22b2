import { TileBuilder, type TileKernel } from "@tilebook/ir";
import { expect, test } from "vitest";
import { kernelHash } from "./kernel-hash.ts";

function shifted(by: number, start: number, label: string): TileKernel {
  const builder = new TileBuilder("shift");
  const pointer = builder.pointer("x", "f32");
  const offset = builder.arange(by, by + 16, { span: { source: "cell", start, end: start + 5 }, label });
  builder.store({ pointer, offset, value: builder.full([16], 1, "f32") });
  return builder.finish();
}

test("[H1] an edit above a kernel, or another name of a value, leaves its hash; other numbers do not", () => {
  const hash = kernelHash(shifted(0, 10, "at"));
  expect(kernelHash(shifted(0, 99, "place"))).toBe(hash);
  expect(kernelHash(shifted(16, 10, "at"))).not.toBe(hash);
});
