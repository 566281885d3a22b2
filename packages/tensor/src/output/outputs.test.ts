import { describe, expect, test } from "vitest";
import { kernelOf, open } from "../testing/cell.ts";
import type { Tensor } from "../tensor.ts";

describe("outputs", () => {
  test("[P1] a check passes exactly when all its lines hold, and NaN passes none", () => {
    const { check } = open();
    expect(check("error", 1e-12, { atMost: 1e-10 })).toEqual({
      $output: true,
      kind: "check",
      label: "error",
      passed: true,
      measured: "1.00e-12",
      expected: "at most 1.00e-10",
    });
    expect(check("n", 5, { atLeast: 1, atMost: 4 })).toMatchObject({
      passed: false,
      expected: "at most 4 and at least 1",
    });
    expect(check("n", NaN, { atMost: 4 }).passed).toBe(false);
    expect(check("n", NaN, { atLeast: 4 }).passed).toBe(false);
    expect(check("word", "a", { equals: "a" }).passed).toBe(true);
    expect(check("zero", 0, { equals: 0 }).passed).toBe(true);
    expect(() => check("nothing", 1, {})).toThrow(expect.objectContaining({ code: "check/no-line" }));
    expect(() => check("typo", 1, { atmost: 1 } as never)).toThrow(
      expect.objectContaining({ code: "tensor/option" }),
    );
  });

  test("[P9] an origin names the kernel, the output and the element, also after it was computed", async () => {
    const cell = open();
    const text = `(x: Ptr, y: Ptr, z: Ptr) => {
      const at = arange(4);
      store(y + at, load(x + at));
      store(z + at, load(x + at) * 2);
    }`;
    const values = [cell.tensor([1, 2, 3, 4]), cell.out(4), cell.out([2, 2])];
    const [y, z] = kernelOf(cell, text).launch(1, ...values) as unknown as [Tensor, Tensor];
    await z.data();
    const kind = { $output: true, kind: "origin", kernel: "f" };
    expect(cell.origin(y, 3)).toEqual({ ...kind, output: 0, element: 3, place: "element 3" });
    expect(cell.origin(z, [1, 0])).toEqual({ ...kind, output: 1, element: 2, place: "element (1, 0)" });
    expect(cell.origin(z, 1, { label: "odd" })).toMatchObject({ place: "element (0, 1)", label: "odd" });
    for (const element of [4, -1, 0.5, [2, 0], [0]])
      expect(() => cell.origin(z, element)).toThrow(expect.objectContaining({ code: "origin/element" }));
    expect(() => cell.origin(z.add(1), 0)).toThrow(expect.objectContaining({ code: "origin/no-kernel" }));
  });

  test("[P10] a download is a plain name and bytes; text is UTF-8; other names and contents are faults", () => {
    const { download } = open();
    expect(download("a.csv", "é")).toEqual({
      $output: true,
      kind: "download",
      name: "a.csv",
      bytes: Uint8Array.of(0xc3, 0xa9),
    });
    for (const name of ["a.exe", "../a.csv", "a", ""])
      expect(() => download(name, "")).toThrow(expect.objectContaining({ code: "download/name" }));
    expect(() => download("a.npy", Promise.resolve() as never)).toThrow(
      expect.objectContaining({ code: "download/bytes" }),
    );
  });

  test("[P2] tables take objects or lists, and say how many rows there are", () => {
    const { table } = open();
    expect(
      table([
        { n: 1, ms: 2 },
        { n: 3, note: "x" },
      ]),
    ).toEqual({
      $output: true,
      kind: "table",
      columns: ["n", "ms", "note"],
      rows: [
        [1, 2, null],
        [3, null, "x"],
      ],
      total: 2,
    });
    expect(table([[1, 2]], { columns: ["a", "b"], label: "pairs" })).toMatchObject({
      rows: [[1, 2]],
      label: "pairs",
    });
    const long = table(Array.from({ length: 1500 }, (_, n) => ({ n })));
    expect([long.rows.length, long.total]).toEqual([1000, 1500]);
    expect(table([{ a: [1], b: undefined, c: 5n }]).rows).toEqual([["[1]", null, "5"]]);
  });

  test("[P3] plots are marks over data, and a wrong column is a fault", () => {
    const { plot, mark } = open();
    const rows = [{ n: 1, ms: 2 }];
    expect(plot({ marks: [mark.line(rows, { x: "n", y: "ms" })], x: { type: "log" }, title: "t" })).toEqual({
      $output: true,
      kind: "plot",
      title: "t",
      marks: [{ mark: "line", data: rows, x: "n", y: "ms" }],
      x: { type: "log" },
    });
    expect(() => mark.dot(rows, { x: "N" })).toThrow(
      expect.objectContaining({ code: "output/plot", hint: "the columns are n, ms" }),
    );
  });

  test("[P4] markdown keeps backslashes and writes numbers short", () => {
    const { md } = open();
    expect(md`$\frac{1}{${3}}$ is ${1 / 3}`.text).toBe("$\\frac{1}{3}$ is 0.3333");
    expect(md`\`${1}\`, \${2} and \\`.text).toBe("`1`, ${2} and \\\\");
  });

  test("[P5] a picture is drawn from a tensor or from numbers, dark for the greatest", async () => {
    const { image, tensor } = open();
    const drawn = await image(
      [
        [0, 1],
        [1, 0],
      ],
      { scale: 3 },
    );
    expect(drawn).toMatchObject({ $output: true, kind: "image", width: 2, height: 2, scale: 3 });
    const [light, dark] = [drawn.pixels[0] ?? 0, drawn.pixels[4] ?? 0];
    expect(light).toBeGreaterThan(200);
    expect(dark).toBeLessThan(50);
    expect(
      await image(
        tensor([
          [0, 1],
          [1, 0],
        ]),
        { scale: 3 },
      ),
    ).toEqual(drawn);
    expect((await image(tensor([0, 1, 1, 0]), { scale: 3 })).width).toBe(2);
  });

  test("[P6] a grid has transparent gaps and labels below", async () => {
    const { imageGrid, tensor } = open();
    const grid = await imageGrid(tensor.ones([3, 16]), { columns: 2, labels: [7, "a", "10%"], scale: 4 });
    // Pixels of pictures are 2 x 2. A cell: three letters are 11 wide, and a gap of 2; 8 + 2 + 5 + 4 high.
    expect([grid.width, grid.height, grid.scale, grid.label]).toEqual([24, 36, 2, "7, a, 10%"]);
    const alpha = (x: number, y: number) => grid.pixels[(y * grid.width + x) * 4 + 3];
    const [picture, beside, gap, letter] = [alpha(1, 0), alpha(0, 0), alpha(11, 0), alpha(4, 10)];
    expect([picture, beside, gap, letter]).toEqual([255, 0, 0, 255]);
    await expect(imageGrid([[1, 2, 3]])).rejects.toMatchObject({ code: "output/image" });
  });
});
