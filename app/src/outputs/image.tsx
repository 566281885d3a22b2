import type { ImageOutput } from "@tilebook/notebook";
import { type ReactNode, useEffect, useRef } from "react";
import "./image.css";

/** A picture with crisp pixels, `scale` times as large. */
export function ImageView({ output }: { readonly output: ImageOutput }): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, pixels, scale, label } = output;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context === null || context === undefined || width === 0 || height === 0) return;
    context.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  }, [width, height, pixels]);
  return (
    <figure className="image">
      <canvas
        ref={canvas}
        width={width}
        height={height}
        style={{ width: width * scale, aspectRatio: `${width} / ${height}` }}
        role="img"
        aria-label={label ?? `Picture, ${width} by ${height}`}
      />
      {label !== undefined && <figcaption>{label}</figcaption>}
    </figure>
  );
}
