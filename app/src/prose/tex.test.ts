import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { tex } from "./tex.ts";

const source = resolve(import.meta.dirname, "..");

/** The class names that the app's style sheets speak of without saying whose: `.check { ... }`, not `.prose .check { ... }`. */
function classesOfTheApp(): ReadonlySet<string> {
  const sheets = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".css"),
  );
  const rules = sheets.flatMap((file) => [
    ...readFileSync(join(source, file), "utf8").matchAll(/^\s*\.([\w-]+)/gm),
  ]);
  return new Set(rules.flatMap(([, name = ""]) => (name === "prose" ? [] : [name])));
}

describe("formulas", () => {
  test("[T1] no style of the app reaches into a formula", () => {
    const formula = String.raw`\text{rows} \operatorname{elu}(x) \sqrt[3]{\frac{a}{b}} \underbrace{c}_d
      \begin{aligned} \hat x &= \sum_j \mathbf{y}_j \\ &\le \left( \boxed{z} \right) \end{aligned}`;
    const html = tex(formula, true);
    const classes = [...html.matchAll(/class="([^"]*)"/g)].flatMap(([, names = ""]) => names.split(" "));
    expect(classes).toContain("text");
    const own = classesOfTheApp();
    expect(own.size).toBeGreaterThan(50);
    expect(classes.filter((name) => own.has(name))).toEqual([]);
  });
});
