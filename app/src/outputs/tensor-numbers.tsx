import type { TensorPeek } from "@tilebook/sandbox";
import type { CSSProperties, ReactNode } from "react";
import { colourOf, type Scale, scaleFor } from "./colour-scale.ts";
import { elementText } from "./element-text.ts";
import "./tensor-numbers.css";

/** As many as an f32 can need. */
const ALL_DIGITS = 9;

/** A small matrix as its numbers, on the colours of the heat map; a vector goes on in the next line. */
export function TensorNumbers({
  peek,
  dtype,
}: {
  readonly peek: TensorPeek;
  readonly dtype: string;
}): ReactNode {
  const { rows, columns, values } = peek;
  const scale = scaleFor(peek.minimum, peek.maximum);
  const texts = Array.from(values, (value) =>
    elementText(value, dtype, values.length === 1 ? ALL_DIGITS : undefined),
  );
  const width = Math.max(...texts.map((text) => text.length));
  const style = { "--columns": rows === 1 ? "auto-fill" : columns, "--digits": `${width}ch` };
  return (
    <ol
      className="tensor-numbers"
      style={style as CSSProperties}
      aria-label={`${rows} by ${columns} numbers`}
    >
      {texts.map((text, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- an element is its place
        <li key={at} style={{ background: tintOf(values[at] ?? NaN, scale) }}>
          {text}
        </li>
      ))}
    </ol>
  );
}

function tintOf(value: number, scale: Scale): string {
  const strength = Number.isFinite(value) ? 0.25 : 0.45;
  return `rgb(${colourOf(value, scale).join(" ")} / ${strength})`;
}
