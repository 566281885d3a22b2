import { expect, test } from "vitest";
import { createNotebooks, toDocument } from "../notebook.ts";
import { print } from "./document.ts";
import { readPins, withPins } from "./front-matter.ts";
import { parse } from "./parse.ts";

const pins = [
  { key: "matmul f32 f32 8x 8x 8x 0", config: '{"blocks":{"k":4,"m":16}}' },
  { key: "0f0666d74164ca 6x", config: '{"schedule":{"operands":"own"}}' },
];

const item = (text: string): string => `  - '${text}'`;

test("[D30] pins are written last, read back as they were, and replaced; other lines stay", () => {
  const inner = "title: T # note\nodd: yes\n";
  const pinned = withPins(inner, pins, "\n");
  expect(pinned).toBe(
    `${inner}tuning:\n  - 'matmul f32 f32 8x 8x 8x 0 = {"blocks":{"k":4,"m":16}}'\n` +
      `  - '0f0666d74164ca 6x = {"schedule":{"operands":"own"}}'\n`,
  );
  expect(readPins(pinned)).toEqual(pins);
  expect(readPins(withPins(pinned, pins.slice(1), "\n"))).toEqual(pins.slice(1));
  expect(withPins(pinned, [], "\n")).toBe(inner);
  expect(withPins("", [], "\n")).toBe("");
});

test("[D31] pins in the middle go without what follows them; text without a line's end gets one", () => {
  const middle = "tuning:\r\n- 'a = {}'\r\ntitle: T";
  expect(withPins(middle, [], "\r\n")).toBe("title: T");
  expect(withPins(middle, [{ key: "b", config: "{}" }], "\r\n")).toBe(
    "title: T\r\ntuning:\r\n  - 'b = {}'\r\n",
  );
});

test("[D32] what is no pin is not read: no config, too long, too many", () => {
  const odd = ["a", "a = b", "= {}", `a = {${" ".repeat(1000)}}`].map(item).join("\n");
  expect(readPins(`tuning:\n${odd}\n`)).toEqual([]);
  expect(readPins("tuning: on\n")).toEqual([]);
  const many = Array.from({ length: 300 }, (_, at) => item(`k${at} = {}`)).join("\n");
  expect(readPins(`tuning:\n${many}\n`).length).toBe(256);
});

test("[D33] pins of a quote come back, and a notebook is stored with them", () => {
  const notebooks = createNotebooks({ analyze: () => ({}) as never });
  const document = parse("# A\n\nText.\n");
  const quoted = [{ key: "it's", config: '{"a":"b\'c"}' }];
  const [notebook, effects] = notebooks.apply(notebooks.open(document), { type: "pins", pins: quoted });
  expect(effects).toEqual([{ type: "save" }]);
  const text = print(toDocument(notebook, document));
  expect(readPins(parse(text).frontMatter ?? "")).toEqual(quoted);
  expect(notebooks.apply(notebook, { type: "pins", pins: quoted })).toEqual([notebook, []]);
  const [bare] = notebooks.apply(notebook, { type: "pins", pins: [] });
  expect(bare.frontMatter).toBe("");
});
