/** What shows something, as the editor sees it. */
export const outputDeclarations: string = `
/** Something to show: the last expression of a cell, or \`display(...)\`. */
interface Shown {
  readonly $output: true;
}

interface ImageOptions {
  /** Screen pixels a pixel. */
  readonly scale?: number;
  /** The values shown as the two ends of the colours. Default: the least and the greatest. */
  readonly range?: readonly [number, number];
  /** \`ink\` is dark on paper (default), \`gray\` light on black, \`heat\` black over red to white. */
  readonly colours?: "ink" | "gray" | "heat";
  readonly label?: string;
}

/** A picture of [height, width] numbers. */
declare function image(source: Tensor | TensorSource, options?: ImageOptions): Promise<Shown>;

/** Many pictures on one sheet: [count, height, width], or [count, side * side] for square ones. */
declare function imageGrid(
  source: Tensor | TensorSource,
  options?: ImageOptions & {
    /** Pictures a row. */
    readonly columns?: number;
    /** A short text under each picture. */
    readonly labels?: readonly (string | number)[];
  },
): Promise<Shown>;

/** Rows as objects or lists: \`table([{ n: 64, ms: 1.2 }])\`. */
declare function table(
  rows: readonly object[],
  options?: { readonly columns?: readonly string[]; readonly label?: string },
): Shown;

interface PlotMark {
  readonly mark: string;
}
interface PlotAxis {
  readonly label?: string;
  readonly type?: "linear" | "log" | "band";
  readonly domain?: readonly [number, number];
}
/** Rows, or numbers: those go up and their places 0, 1, 2, ... to the right. */
type PlotData = readonly object[] | readonly number[] | Values | Float32Array | Float64Array;
interface Channels {
  readonly x?: string;
  readonly y?: string;
  readonly color?: string;
  readonly text?: string;
}
interface BarChannels extends Channels {
  /** Where a bar begins, if not at 0: \`mark.bar(rows, { from: "start", x: "end", y: "who" })\`. */
  readonly from?: string;
}

/**
 * A plot of marks over data rows, or over numbers: \`mark.line(await loss.data())\`. With two or more named series, by \`color\` or by
 * the column that \`y\` names, there is a legend, unless \`legend\` is false.
 *
 * \`\`\`ts
 * plot({ marks: [mark.line(rows, { x: "n", y: "ms" })], x: { type: "log" } })
 * \`\`\`
 */
declare function plot(options: {
  readonly marks: readonly PlotMark[];
  readonly title?: string;
  readonly x?: PlotAxis;
  readonly y?: PlotAxis;
  readonly legend?: boolean;
}): Shown;

/** The marks of a plot: data rows, and which column goes where. */
declare const mark: {
  line(data: PlotData, channels?: Channels): PlotMark;
  dot(data: PlotData, channels?: Channels): PlotMark;
  bar(data: PlotData, channels?: BarChannels): PlotMark;
  rule(data: PlotData, channels?: Channels): PlotMark;
  text(data: PlotData, channels?: Channels): PlotMark;
  cell(data: PlotData, channels?: Channels): PlotMark;
};

/** Markdown with KaTeX and values: md\`the error is \${e}, with $\\\\epsilon = 2^{-24}$\`. */
declare function md(strings: TemplateStringsArray, ...values: readonly unknown[]): Shown;

/** A statement about a measured number: \`check("error", e, { atMost: 1e-10 })\`. \`tilebook run\` fails when one does not pass. */
declare function check(
  label: string,
  measured: number | string | boolean,
  line: { readonly atMost?: number; readonly atLeast?: number; readonly equals?: number | string | boolean },
): Shown & { readonly passed: boolean };

/**
 * A button that steps through a kernel to where an element of its result was stored, or to what kept it from that:
 * \`origin(y, 3)\`, \`origin(y, [1, 2], { label: "too small" })\`. Of what \`launch(...)\` gave back.
 */
declare function origin(
  tensor: Tensor,
  element: number | readonly number[],
  options?: { readonly label?: string },
): Shown;

/**
 * A button that saves a file on this device: \`download("weights.safetensors", await safetensors.write({ w }))\`. Bytes, or text.
 * The name ends in .npy, .safetensors, .gguf, .csv, .json, .txt or .bin.
 */
declare function download(name: string, content: Uint8Array | string): Shown;
`;
