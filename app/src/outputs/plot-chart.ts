import {
  barX,
  barY,
  cell,
  dot,
  line,
  type Markish,
  plot,
  ruleX,
  ruleY,
  type ScaleOptions,
  text,
} from "@observablehq/plot";
import type { PlotAxis, PlotMark, PlotOutput } from "@tilebook/notebook";

import { namedSeries, namesIn, wantsLegend } from "./plot-series.ts";

const one = "#4a5ff0";
const series = [one, "#e07a2f", "#2c9c6a", "#b34bc0", "#c9a227", "#3aa6c4", "#d1495b", "#7d8597"];

/** Draws the marks of `output`, `width` CSS pixels wide. Fails when Plot refuses the data. */
export function drawPlot(output: PlotOutput, width: number): Element {
  const marks = namedSeries(output.marks);
  return plot({
    width: Math.min(width, 760),
    height: Math.min(320, Math.max(220, width * 0.5)),
    marginLeft: 52,
    marginBottom: 40,
    style: { background: "transparent", fontFamily: "inherit", fontSize: "12px", overflow: "visible" },
    x: axis(output.x, false),
    y: axis(output.y, true),
    color: { ...colours(marks), legend: wantsLegend(marks, output.legend) },
    marks: marks.map((mark) => makers[mark.mark](mark, output)),
  });
}

function axis(from: PlotAxis | undefined, grid: boolean): ScaleOptions {
  return {
    grid,
    ...(from?.label === undefined ? {} : { label: from.label }),
    ...(from?.type === undefined ? {} : { type: from.type }),
    ...(from?.domain === undefined ? {} : { domain: [...from.domain] }),
  };
}

/** Numbers get shades of one colour, names a colour each, in the order in which they come. */
function colours(marks: readonly PlotMark[]): ScaleOptions {
  const sample = marks.flatMap((mark) => (mark.color === undefined ? [] : [mark.data[0]?.[mark.color]]))[0];
  return typeof sample === "number" ? { scheme: "blues" } : { range: series, domain: namesIn(marks) };
}

const makers: Readonly<Record<PlotMark["mark"], (mark: PlotMark, output: PlotOutput) => Markish>> = {
  line: (mark) => {
    const group = mark.color === undefined ? {} : { z: mark.color };
    return line(rows(mark), { ...places(mark), ...group, stroke: mark.color ?? one, strokeWidth: 2 });
  },
  dot: (mark) =>
    dot(rows(mark), { ...places(mark), stroke: "var(--paper)", fill: mark.color ?? one, r: 3.5, tip: true }),
  bar: (mark) => {
    const lying = mark.y !== undefined && typeof mark.data[0]?.[mark.y] === "string";
    const look = { fill: mark.color ?? one, tip: true };
    if (mark.from === undefined) return (lying ? barX : barY)(rows(mark), { ...places(mark), ...look });
    const { from, x = from, y = from } = mark;
    return lying
      ? barX(rows(mark), { ...look, x1: from, x2: x, y })
      : barY(rows(mark), { ...look, y1: from, y2: y, x });
  },
  rule: (mark) => {
    const look = { stroke: mark.color ?? "currentColor", strokeDasharray: "4 3", strokeOpacity: 0.6 };
    return mark.y === undefined
      ? ruleX(rows(mark), { ...places(mark), ...look })
      : ruleY(rows(mark), { y: mark.y, ...look });
  },
  text: (mark, { y }) =>
    text(rows(mark), {
      ...places(mark),
      text: mark.text ?? null,
      fill: mark.color ?? "currentColor",
      // What lies under it may have any colour.
      stroke: "var(--paper)",
      strokeWidth: 4,
      // Above a point; in the middle of a band.
      dy: y?.type === "band" ? 0 : -8,
    }),
  cell: (mark) => cell(rows(mark), { ...places(mark), fill: mark.color ?? one, tip: true }),
};

function rows(mark: PlotMark): PlotMark["data"][number][] {
  return [...mark.data];
}

function places({ x, y }: PlotMark): { readonly x?: string; readonly y?: string } {
  return { ...(x === undefined ? {} : { x }), ...(y === undefined ? {} : { y }) };
}
