// oxlint-disable
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { analyzeCell } from "@tilebook/lang";
import { test } from "vitest";
import { parse } from "../../../notebook/src/index.ts";
import { createTensors } from "../tensors.ts";
import { tensorGlobals } from "../types/index.ts";
import { TestHost } from "./host.ts";

test("notebook", { timeout: 600_000 }, async () => {
  const file = process.env["NB"] ?? "attention";
  const doc = parse(readFileSync(`/work/main/public/notebooks/${file}.nb.md`, "utf8"));
  const host = new TestHost();
  const tensors = createTensors(host);
  const values: Record<string, unknown> = {};
  const shown: unknown[] = [];
  const extra = {
    asset: async (name: string) => ({
      numbers: async () =>
        gunzipSync(readFileSync(`/work/main/public/notebooks/data/${name}`))
          .toString()
          .trim()
          .split("\n")
          .map((l) => l.split(",").map(Number)),
    }),
    slider: (_: string, { value }: { value: number }) => value,
    display: async (value: unknown) => (shown.push(value), value),
  };
  const globals = { ...tensors.globals, ...extra };
  const names = new Set([...tensorGlobals, ...Object.keys(extra), "console"]);
  for (const block of doc.blocks) {
    if (block.kind !== "ts") continue;
    const a = analyzeCell({ id: block.id, text: block.text }, { globals: names });
    if (a.faults.length) console.log(block.id, a.faults);
    const missing = a.uses.filter((u) => !(u.name in values)).map((u) => u.name);
    if (missing.length) console.log(block.id, "MISSING", missing);
    const all: Record<string, unknown> = {
      ...globals,
      ...values,
      $tick: () => {},
      $show: (x: unknown) => shown.push(x),
      $k: (id: string, captured: () => object) => ({
        text: { source: block.id, text: block.text, kernel: id },
        captured,
        name: id,
      }),
    };
    const keys = Object.keys(all);
    const start = performance.now();
    try {
      tensors.openScope(block.id);
      const f = new Function(`{${keys.join(",")}}`, `return (async () => { ${a.code}\n})()`);
      Object.assign(values, await f(all));
    } catch (e) {
      console.log(block.id, "FAILED", e);
    }
    console.log(
      block.id,
      `${(performance.now() - start).toFixed(0)} ms`,
      ...shown
        .splice(0)
        .map((s) =>
          JSON.stringify(s, (k, v) =>
            k === "pixels" ? `${v.length} bytes` : typeof v === "number" ? Number(v.toPrecision(5)) : v,
          )?.slice(0, 600),
        ),
    );
  }
});
