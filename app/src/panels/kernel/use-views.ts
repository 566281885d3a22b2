import type { KernelReport } from "@tilebook/notebook";
import { useMemo } from "react";
import { textsOf } from "../../session/ran-texts.ts";
import { useApp } from "../../state/app.ts";
import { cellTitle } from "../../state/selectors.ts";
import type { LinkedView } from "./line-links.ts";
import type { Detail } from "./use-detail.ts";

/** The texts the kernel was made from, then the compiler's stages in order. */
export function useViews(report: KernelReport, detail: Detail): readonly LinkedView[] {
  const titles = useApp(({ notebook }) =>
    JSON.stringify(report.sources.map((source) => sourceTitle(source, cellTitle(notebook, source)))),
  );
  return useMemo(() => {
    const names = JSON.parse(titles) as readonly string[];
    const texts = textsOf(report);
    const sources = report.sources.flatMap((source, at): LinkedView[] => {
      const text = texts[source];
      if (text === undefined) return [];
      return [{ name: at === 0 ? "Source" : `Source: ${names[at]}`, text, source }];
    });
    return [...sources, ...(detail.kind === "here" ? detail.detail.stages : [])];
  }, [report, detail, titles]);
}

/** Texts that ship with Tilebook are called by their paths. */
function sourceTitle(source: string, title: string): string {
  return source.includes("/") ? source : title;
}

/** The cells whose text is not the one that the kernel was made from any more. */
export function useChanged(report: KernelReport): readonly string[] {
  const changed = useApp(({ notebook }) => {
    const texts = textsOf(report);
    const cells = notebook.cells.filter(
      ({ id, text }) => texts[id] !== undefined && texts[id] !== text.replaceAll("\r\n", "\n"),
    );
    return cells.map(({ id }) => id).join("\n");
  });
  return useMemo(() => (changed === "" ? [] : changed.split("\n")), [changed]);
}
