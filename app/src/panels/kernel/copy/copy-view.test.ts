import type { Span } from "@tilebook/base";
import { expect, test } from "vitest";
import { copyView } from "./copy-view.ts";

const span = (start: number): Span => ({ source: "k", start, end: start + 1 });

test("[W1] the lines of a copy come from where they came from in the original; new ones from nowhere", () => {
  const original = { name: "WGSL", text: "a\nb\nc\n", spans: [span(1), span(2), span(3), undefined] };
  expect(copyView(original, "a\nnew\nc\n").spans).toEqual([span(1), undefined, span(3)]);
  expect(copyView(original, "head\na\nb\nc").spans).toEqual([undefined, span(1), span(2), span(3)]);
  expect(copyView(original, "").spans).toEqual([undefined]);
});
