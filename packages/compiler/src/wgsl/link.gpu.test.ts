import { type FunctionName, functions } from "@tilebook/shaders";
import { expect, test } from "vitest";
import { openGpu } from "../testing/gpu.ts";
import { linkedLines, linkedName, withUses } from "./link.ts";

const names = Object.keys(functions) as FunctionName[];

test.each(names.flatMap((name) => [[name, 1] as const, [name, 4] as const]))(
  "[W8] %s is WGSL over %i numbers",
  async (name, width) => {
    const called = { name, width };
    const text = withUses(called).flatMap(linkedLines).join("\n");
    expect(text).toContain(`fn ${linkedName(called)}(`);
    const gpu = await openGpu();
    const module = gpu.createShaderModule({ code: text });
    const { messages } = await module.getCompilationInfo();
    expect(messages.map(({ message }) => message)).toEqual([]);
  },
);

test("[W8] a function that two others call stands in a kernel once, and so do lines of its head", () => {
  const all = [...withUses({ name: "sine", width: 4 }), ...withUses({ name: "cosine", width: 4 })];
  expect(all.map(linkedName)).toEqual(["quarter_turn_v", "sine_v", "quarter_turn_v", "cosine_v"]);
  const comments = linkedLines({ name: "sine", width: 4 }).filter((line) => line.startsWith("//"));
  expect(comments).toEqual(["// sine: the sine of x in radians"]);
});
