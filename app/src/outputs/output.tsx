import type { Output } from "@tilebook/notebook";
import type { ReactNode } from "react";
import { Prose } from "../prose/prose.tsx";
import { CheckView } from "./check.tsx";
import { DownloadView } from "./download.tsx";
import { ImageView } from "./image.tsx";
import { InputView } from "./input.tsx";
import { OriginView } from "./origin.tsx";
import { PlotView } from "./plot.tsx";
import { PrintedView } from "./printed.tsx";
import { ProgressView } from "./progress.tsx";
import { TableView } from "./table.tsx";
import { TensorView } from "./tensor.tsx";
import { TextView } from "./text.tsx";
import { ValueView } from "./value.tsx";

interface Props {
  readonly cell: string;
  readonly output: Output;
  /** It is not what the cell is about: a line is enough, until somebody opens it. */
  readonly folded: boolean;
}

/** One output of a cell, by its kind. */
export function OutputView({ cell, output, folded }: Props): ReactNode {
  switch (output.kind) {
    case "value":
      return <ValueView output={output} />;
    case "tensor":
      return <TensorView cell={cell} output={output} folded={folded} />;
    case "image":
      return <ImageView output={output} />;
    case "table":
      return <TableView output={output} />;
    case "plot":
      return <PlotView output={output} />;
    case "markdown":
      return <Prose text={output.text} />;
    case "text":
      return <TextView output={output} />;
    case "input":
      return <InputView cell={cell} output={output} />;
    case "progress":
      return <ProgressView output={output} />;
    case "check":
      return <CheckView output={output} />;
    case "origin":
      return <OriginView cell={cell} output={output} />;
    case "download":
      return <DownloadView output={output} />;
    case "printed":
      return <PrintedView output={output} />;
  }
}
