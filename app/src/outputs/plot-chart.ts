import {
  barX,
  barY,
  cell,
  dot,
  line,
  type Markish,
  plot,
  type PlotOptions,
  ruleX,
  ruleY,
  type ScaleOptions,
  text,
} from "@observablehq/plot";
import type { PlotAxis, PlotMark, PlotOutput } from "@tilebook/notebook";

const series = ["#4a5ff0", "#e07a2f", "#2c9c6a", "#b34bc0", "#c9a227", "#3aa6c4", "#d1495b", "#7d8597"];

/** Draws the marks of `output`, `width` CSS pixels wide. Fails when Plot refuses the data. */
export function drawPlot(output: PlotOutput, width: number): Element {
  const options: PlotOptions = {
    width: Math.min(width, 760),
    height: Math.min(320, Math.max(220, width * 0.5)),
    marginLeft: 52,
    marginBottom: 40,
    style: { background: "transparent", fontFamily: "inherit", fontSize: "12px", overflow: "visible" },
    x: axis(output.x, false),
    y: axis(output.y, true),
    color: { ...colours(output.marks), legend: output.legend ?? false },
    marks: [...output.marks.flatMap(draw)],
  };
  return plot(options);
}

function axis(from: PlotAxis | undefined, grid: boolean): ScaleOptions {
  return {
    grid,
    ...(from?.label === undefined ? {} : { label: from.label }),
    ...(from?.type === undefined ? {} : { type: from.type }),
    ...(from?.domain === undefined ? {} : { domain: [...from.domain] }),
  };
}

function colours(marks: readonly PlotMark[]): ScaleOptions {
  const sample = marks.flatMap((mark) => (mark.color === undefined ? [] : [mark.data[0]?.[mark.color]]))[0];
  return typeof sample === "number" ? { scheme: "blues" } : { range: series };
}

function draw(mark: PlotMark): Markish[] {
  const { x, y, color } = mark;
  const data = [...mark.data];
  const places = { ...(x === undefined ? {} : { x }), ...(y === undefined ? {} : { y }) };
  const one = series[0] ?? "currentColor";
  const stroke = color ?? one;
  switch (mark.mark) {
    case "line":
      return [
        line(data, { ...places, stroke, strokeWidth: 2, ...(color === undefined ? {} : { z: color }) }),
      ];
    case "dot":
      return [dot(data, { ...places, stroke: "var(--paper)", fill: stroke, r: 3.5, tip: true })];
    case "bar": {
      const lying = y !== undefined && typeof data[0]?.[y] === "string";
      return [(lying ? barX : barY)(data, { ...places, fill: stroke, tip: true })];
    }
    case "rule":
      return [
        y === undefined
          ? ruleX(data, {
              ...places,
              stroke: color ?? "currentColor",
              strokeDasharray: "4 3",
              strokeOpacity: 0.6,
            })
          : ruleY(data, { y, stroke: color ?? "currentColor", strokeDasharray: "4 3", strokeOpacity: 0.6 }),
      ];
    case "text":
      return [text(data, { ...places, text: mark.text ?? null, fill: color ?? "currentColor", dy: -8 })];
    case "cell":
      return [cell(data, { ...places, fill: stroke, tip: true })];
  }
}
