import type { PlotMark } from "@tilebook/notebook";
import { expect, test } from "vitest";
import { namedSeries, namesIn, wantsLegend } from "./plot-series.ts";

const data = [
  { step: 0, train: 2, test: 3, run: "a" },
  { step: 1, train: 1, test: 2, run: "b" },
];
const line = (y: string, color?: string): PlotMark => ({
  mark: "line",
  data,
  x: "step",
  y,
  ...(color === undefined ? {} : { color }),
});

test("[PS1] lines of several columns have a colour each and a legend; a line and its dots are one series", () => {
  const two = namedSeries([line("train"), line("test")]);
  expect(two.map(({ color, data: [row] }) => [color, row?.["series"]])).toEqual([
    ["series", "train"],
    ["series", "test"],
  ]);
  expect(namesIn(two)).toEqual(["train", "test"]);
  expect(wantsLegend(two, undefined)).toBe(true);
  expect(wantsLegend(two, false)).toBe(false);
  const one = [line("train"), { ...line("train"), mark: "dot" as const }];
  expect(namedSeries(one)).toBe(one);
  expect(wantsLegend(one, undefined)).toBe(false);
});

test("[PS2] names by a colour have a legend, unless an axis says them; numbers have none", () => {
  expect(namedSeries([line("train", "run"), line("test")])).toHaveLength(2);
  expect(wantsLegend([line("train", "run")], undefined)).toBe(true);
  expect(wantsLegend([line("train", "test")], undefined)).toBe(false);
  expect(wantsLegend([{ ...line("train", "run"), mark: "bar", x: "run" }], undefined)).toBe(false);
});
