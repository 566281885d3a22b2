import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { faultOf } from "../testing/index.ts";
import { tileFunction } from "./functions.ts";
import { tritonNames } from "./triton.ts";

describe("names of Triton", () => {
  test("[P1] each is one of ours, or says what to write", () => {
    for (const [name, ours] of Object.entries(tritonNames)) {
      const known = /^\w+$/.test(ours) ? tileFunction(ours) !== undefined : ours.includes(" ");
      expect(known, `${name}: ${ours}`).toBe(true);
    }
  });
  test.each(Object.keys(tritonNames))("[P2] tl.%s is refused with what to write", (name) => {
    const { code, at, hint } = faultOf("x: Ptr", `store(x, tl.${name}(1));`);
    expect({ code, at }).toEqual({ code: "kernel/unknown-name", at: `tl.${name}` });
    const ours = tritonNames[name] ?? "";
    expect(hint).toBe(/^\w+$/.test(ours) ? `did you mean ${ours}?` : ours);
  });
  test("[P3] without its prefix, too; a cell's own `tl` is its own", () => {
    expect(faultOf("x: Ptr", "store(x + program_id(0), 1);").hint).toBe("did you mean programId?");
    expect(faultOf("x: Ptr", "store(x, tl.load);", { tl: { load: 3 } }).code).toBe("none");
  });
  test("[P4] docs/tile-language.md says the same, name by name", () => {
    const page = readFileSync(resolve(import.meta.dirname, "../../../../docs/tile-language.md"), "utf8");
    const [table = ""] = page.split("### Name by name")[1]?.split("\n## ") ?? [];
    const rows = [...table.matchAll(/^\| (`.*`) \| (.*) \|$/gm)].flatMap(([, left = "", right = ""]) =>
      left.split(", ").map((name) => {
        const own = name.slice(1, -1);
        return [own, right === "the same" ? own : right.replaceAll("\\|", "|").replace(/^`(\w+)`$/, "$1")];
      }),
    );
    expect(Object.fromEntries(rows)).toEqual(tritonNames);
  });
});
