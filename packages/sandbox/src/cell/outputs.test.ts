import type { Output } from "@tilebook/notebook";
import { describe, expect, test } from "vitest";
import { Inputs } from "./inputs.ts";
import { Outputs } from "./outputs.ts";

const text = (words: string): Output => ({ kind: "text", level: "log", text: words });

function recorded(): { readonly sent: [number, Output][]; readonly outputs: Outputs } {
  const sent: [number, Output][] = [];
  return {
    sent,
    outputs: new Outputs(
      (index, output) => sent.push([index, output]),
      () => 0,
    ),
  };
}

describe("outputs of a run", () => {
  test("[O1] are sent in order, also when an earlier one is ready later", () => {
    const { outputs, sent } = recorded();
    outputs.add(text("a"));
    const late = outputs.reserve();
    outputs.add(text("c"));
    expect(sent.map(([index]) => index)).toEqual([0]);
    outputs.put(late, text("b"));
    expect(sent).toEqual([
      [0, text("a")],
      [1, text("b")],
      [2, text("c")],
    ]);
  });

  test("[O9] a live place shows at most one value in 80 ms, and in the end the last", () => {
    const sent: [number, Output][] = [];
    let now = 0;
    const outputs = new Outputs(
      (index, output) => sent.push([index, output]),
      () => now,
    );
    const place = outputs.reserve();
    outputs.add(text("after"));
    for (const time of [0, 10, 79, 90, 95]) {
      now = time;
      outputs.replace(place, text(`at ${time}`));
    }
    const said = (): readonly string[] =>
      sent.map(([index, output]) => `${index} ${"text" in output ? output.text : ""}`);
    expect(said()).toEqual(["0 at 0", "1 after", "0 at 90"]);
    outputs.flush();
    outputs.flush();
    expect(said().slice(3)).toEqual(["0 at 95"]);
  });

  test("[O2] console lines of one level come together, before whatever is shown after them", () => {
    const { outputs, sent } = recorded();
    outputs.log("log", "one");
    outputs.log("log", "two");
    outputs.log("warn", "three");
    outputs.add(text("shown"));
    expect(sent.map(([, output]) => output)).toEqual([
      text("one\ntwo"),
      { kind: "text", level: "warn", text: "three" },
      text("shown"),
    ]);
  });

  test("[O3] a progress bar keeps its place; steps between are left out, the last never", () => {
    const { outputs, sent } = recorded();
    for (let done = 0; done <= 1000; done++) outputs.progress("steps", done, 1000);
    expect(sent).toEqual([
      [0, { kind: "progress", label: "steps", done: 0, total: 1000 }],
      [0, { kind: "progress", label: "steps", done: 1000, total: 1000 }],
    ]);
  });

  test("[O4] there are at most 500, and the last says so", () => {
    const { outputs, sent } = recorded();
    for (let n = 0; n < 2000; n++) outputs.add(text(String(n)));
    expect(sent).toHaveLength(500);
    expect(sent.at(-1)).toEqual([499, { kind: "text", level: "warn", text: "… only 500 outputs are shown" }]);
  });

  test("[O5] a cell that prints without end is cut", () => {
    const { outputs, sent } = recorded();
    for (let n = 0; n < 100_000; n++) outputs.log("log", "x".repeat(100));
    outputs.flush();
    const characters = sent.reduce(
      (sum, [, output]) => sum + (output.kind === "text" ? output.text.length : 0),
      0,
    );
    expect(characters).toBeLessThan(600_000);
    expect(JSON.stringify(sent.at(-1))).toContain("more text than is shown");
  });
});

function inputs(set: Readonly<Record<string, number | string | boolean>> = {}): Inputs {
  return new Inputs(set, () => undefined);
}

describe("controls", () => {
  test("[I1] give their default, or what the person set", () => {
    expect(inputs().slider("tau", { min: 0, max: 9, value: 4 })).toBe(4);
    expect(inputs({ tau: 7 }).slider("tau", { min: 0, max: 9, value: 4 })).toBe(7);
    expect(inputs({ mode: "b" }).select("mode", ["a", "b"])).toBe("b");
    expect(inputs({ on: true }).toggle("on")).toBe(true);
    expect(inputs({ name: "Ada" }).text("name")).toBe("Ada");
  });

  test("[I2] do not give what is no longer allowed", () => {
    expect(inputs({ tau: 70 }).slider("tau", { min: 0, max: 9, value: 4 })).toBe(4);
    expect(inputs({ mode: "gone" }).select("mode", ["a", "b"])).toBe("a");
    expect(inputs({ on: "yes" }).toggle("on")).toBe(false);
  });

  test("[I3] two of one name in one cell are a fault", () => {
    const both = inputs();
    both.toggle("on");
    expect(() => both.toggle("on")).toThrow(/already has a control named "on"/);
  });

  test("[I4] a slider without a range is a fault", () => {
    expect(() => inputs().slider("x", { min: 1, max: 1 })).toThrow(/min < max/);
  });
});
