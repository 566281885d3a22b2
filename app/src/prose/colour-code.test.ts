import { expect, test } from "vitest";
import { colourCode } from "./colour-code.ts";

test("[CC1] code in texts is coloured as in cells, and shows what is written", () => {
  expect(colourCode("const a = b < 1 && c; // <b>", "ts")).toBe(
    '<span class="token-keyword">const</span> a = b &lt; <span class="token-number">1</span> &amp;&amp; c; ' +
      '<span class="token-comment">// &lt;b&gt;</span>',
  );
  expect(colourCode("f32(1)", "wgsl")).toContain('<span class="token-type">f32</span>');
});

test("[CC2] text in an unknown language stays plain", () => {
  expect(colourCode("const a", "")).toBe("");
  expect(colourCode("const a", "__proto__")).toBe("");
});
