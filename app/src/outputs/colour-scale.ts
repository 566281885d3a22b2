/** Colours for the values of a tensor: one hue for one sign, two hues when the values cross zero. */

export type Rgb = readonly [red: number, green: number, blue: number];

export interface Scale {
  readonly kind: "sequential" | "diverging";
  readonly low: number;
  readonly high: number;
}

const sequential: readonly Rgb[] = [
  [244, 245, 252],
  [176, 187, 245],
  [96, 115, 232],
  [42, 65, 216],
  [14, 22, 96],
];
const diverging: readonly Rgb[] = [
  [138, 48, 12],
  [224, 122, 47],
  [247, 245, 240],
  [96, 115, 232],
  [20, 32, 130],
];
/** Nothing else in a heat map is magenta: values that are no numbers, and infinities. */
const notANumber: Rgb = [214, 0, 140];

/** The scale for values between these two: around zero when they have different signs. */
export function scaleFor(minimum: number, maximum: number): Scale {
  if (minimum < 0 && maximum > 0) {
    const reach = Math.max(-minimum, maximum);
    return { kind: "diverging", low: -reach, high: reach };
  }
  return { kind: "sequential", low: minimum, high: maximum };
}

export function colourOf(value: number, { kind, low, high }: Scale): Rgb {
  if (!Number.isFinite(value)) return notANumber;
  const at = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5;
  return between(kind === "diverging" ? diverging : sequential, at);
}

/** RGBA bytes of a whole window, row-major. */
export function paint(values: ArrayLike<number>, scale: Scale): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(values.length * 4);
  for (let i = 0; i < values.length; i += 1) {
    const [red, green, blue] = colourOf(values[i] ?? NaN, scale);
    pixels.set([red, green, blue, 255], i * 4);
  }
  return pixels;
}

/** The scale as a CSS gradient, for the legend. */
export function gradientOf(scale: Scale): string {
  const stops = scale.kind === "diverging" ? diverging : sequential;
  return `linear-gradient(to right, ${stops.map((stop) => `rgb(${stop.join(" ")})`).join(", ")})`;
}

function between(stops: readonly Rgb[], at: number): Rgb {
  const place = at * (stops.length - 1);
  const left = Math.min(Math.floor(place), stops.length - 2);
  const [from, to] = [stops[left] ?? notANumber, stops[left + 1] ?? notANumber];
  const mix = (a: number, b: number) => Math.round(a + (b - a) * (place - left));
  return [mix(from[0], to[0]), mix(from[1], to[1]), mix(from[2], to[2])];
}
