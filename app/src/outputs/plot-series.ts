import type { PlotMark, PlotOutput, TableCell } from "@tilebook/notebook";

/** Marks whose colour tells a series. Rules and texts stand beside them. */
const drawn: ReadonlySet<PlotMark["mark"]> = new Set(["line", "dot", "bar"]);

/**
 * The marks with a colour each where they show several columns and none says a colour: a column `series` then holds the name of the
 * column that `y` goes by.
 */
export function namedSeries(marks: readonly PlotMark[]): readonly PlotMark[] {
  const names = new Set(marks.flatMap((mark) => (drawn.has(mark.mark) ? [mark.y] : [])));
  if (names.size < 2 || names.has(undefined) || marks.some(({ color }) => color !== undefined)) return marks;
  return marks.map((mark) => (drawn.has(mark.mark) ? inSeries(mark, mark.y ?? "") : mark));
}

function inSeries(mark: PlotMark, name: string): PlotMark {
  return { ...mark, color: "series", data: mark.data.map((row) => ({ ...row, series: name })) };
}

/** The values of colours, each once, as they come. */
export function namesIn(marks: readonly PlotMark[]): readonly TableCell[] {
  const values = marks.flatMap(({ color, data }) =>
    color === undefined ? [] : data.map((row) => row[color] ?? null),
  );
  return [...new Set(values)].filter((value) => value !== null);
}

/** A legend, where two or more names have a colour that no axis tells already. */
export function wantsLegend(marks: readonly PlotMark[], legend: PlotOutput["legend"]): boolean {
  if (legend !== undefined) return legend;
  const names = marks
    .filter(({ color, x, y }) => color !== undefined && color !== x && color !== y)
    .flatMap(({ color = "", data }) => data.map((row) => row[color]));
  return new Set(names.filter((name) => typeof name === "string")).size >= 2;
}
