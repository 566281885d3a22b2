import { expect, test } from "vitest";
import { createNotebooks, toDocument } from "../notebook.ts";
import { print } from "./document.ts";
import { assert, property, record as recordOf, double, string } from "fast-check";
import { type KernelRecord, readPins, readRecords, withPins, withRecords } from "./front-matter.ts";
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

const record: KernelRecord = {
  milliseconds: 3.25,
  adapter: "SwiftShader Device (Subzero)",
  device: "7 3f2a99",
  key: "matmul f32 8x 0",
  config: '{"blocks":{"m":16}}',
};

test("[D34] what was measured is written beside the pins, as people read it, and read back", () => {
  const inner = withPins("title: T\n", pins, "\n");
  const noted = withRecords(inner, [record], "\n");
  const line = '3.25 ms on SwiftShader Device (Subzero) (7 3f2a99): matmul f32 8x 0 = {"blocks":{"m":16}}';
  expect(noted).toBe(`${inner}tuned:\n  - '${line}'\n`);
  expect([readRecords(noted), readPins(noted)]).toEqual([[record], pins]);
  expect(withRecords(noted, [], "\n")).toBe(inner);
  expect(withPins(noted, [], "\n")).toBe(withRecords("title: T\n", [record], "\n"));
  const text = `---\n${noted}---\n\n# A\n`;
  expect(print(parse(text))).toBe(text);
});

test("[D35] what is no record is not read", () => {
  const odd = [
    "a = {}",
    "ms on x (7 a): k = {}",
    "1e999 ms on x (7 a): k = {}",
    "-1 ms on x (7 a): k = {}",
    "1.2.3 ms on x (7 a): k = {}",
    "1 ms on x (7 a): k = 3",
    "1 ms on x: k = {}",
    `1 ms on ${"x".repeat(1000)} (7 a): k = {}`,
  ];
  expect(readRecords(`tuned:\n${odd.map(item).join("\n")}\n`)).toEqual([]);
  const many = Array.from({ length: 300 }, (_, at) => item(`1 ms on x (7 a): k${at} = {}`)).join("\n");
  expect(readRecords(`tuned:\n${many}\n`).length).toBe(256);
});

test("[D36] any adapter's name, in any words, leaves the record whole", () => {
  assert(
    property(
      recordOf({
        adapter: string({ maxLength: 200 }),
        milliseconds: double({ min: 1e-6, max: 1e9, noNaN: true }),
      }),
      (more) => {
        const [back, ...rest] = readRecords(withRecords("", [{ ...record, ...more }], "\n"));
        expect(rest).toEqual([]);
        expect(back).toMatchObject({ device: record.device, key: record.key, config: record.config });
        expect(back?.milliseconds).toBeCloseTo(
          more.milliseconds,
          -Math.floor(Math.log10(more.milliseconds)) + 1,
        );
      },
    ),
  );
});
