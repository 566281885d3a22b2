import type { PlotOutput } from "@tilebook/notebook";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useWidth } from "../shared/use-width.ts";
import "./plot.css";

/** Marks as a chart. Observable Plot is loaded when the first chart is shown. */
export function PlotView({ output }: { readonly output: PlotOutput }): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const [failure, setFailure] = useState<string | undefined>();
  useEffect(() => {
    let wanted = true;
    const draw = async () => {
      const { drawPlot } = await import("./plot-chart.ts");
      if (!wanted || place.current === null || width === 0) return;
      place.current.replaceChildren(drawPlot(output, width));
      setFailure(undefined);
    };
    draw().catch((error: unknown) => wanted && setFailure(String(error)));
    return () => {
      wanted = false;
    };
  }, [output, width]);
  return (
    <figure className="plot">
      {output.title !== undefined && <figcaption>{output.title}</figcaption>}
      {failure !== undefined && <p className="notice">This plot cannot be drawn: {failure}</p>}
      <div ref={place} className="plot-place" role="img" aria-label={output.title ?? "Plot"} />
    </figure>
  );
}
