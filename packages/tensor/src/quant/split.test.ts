import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import { f32, type FileTensor, type FileValue, ggufFile, textValue, u32 } from "../testing/gguf-file.ts";

const u16 = (value: number): FileValue => ({ type: 2, bytes: u32(value).slice(0, 2) });

interface Split {
  readonly no: number;
  readonly count: number;
  readonly tensors: number;
}

const split = ({ no, count, tensors }: Split): Record<string, FileValue> => ({
  "split.no": u16(no),
  "split.count": u16(count),
  "split.tensors.count": { type: 5, bytes: u32(tensors) },
});

const one = (name: string, ...data: number[]): FileTensor => ({
  name,
  type: 0,
  sizes: [data.length],
  data: f32(...data),
});

/** In the place of the third. */
const other = (more: Partial<Split>, ...tensors: FileTensor[]): Uint8Array =>
  ggufFile({ values: split({ no: 2, count: 3, tensors: 4, ...more }), tensors });

const name = { "general.name": textValue("of three") };
const first = ggufFile({
  values: { ...name, ...split({ no: 0, count: 3, tensors: 4 }) },
  tensors: [one("a", 1, 2), one("b", 3)],
});
const second = ggufFile({ values: split({ no: 1, count: 3, tensors: 4 }), tensors: [one("c", 4, 5, 6)] });
const third = ggufFile({ values: split({ no: 2, count: 3, tensors: 4 }), tensors: [one("d", 7)] });

describe("GGUF files that were split", () => {
  test("[GS1] are one model, in whatever order they are given: its values, all tensors, and their bytes", async () => {
    const { gguf } = open();
    for (const files of [
      [first, second, third],
      [third, first, second],
    ]) {
      const model = await gguf.open(files);
      expect(Object.entries(model.metadata)).toEqual([["general.name", "of three"]]);
      expect(Object.keys(model.tensors)).toEqual(["a", "b", "c", "d"]);
      const loaded = await model.load();
      const values = await Promise.all(Object.values(loaded).map((tensor) => tensor.array()));
      expect(values).toEqual([[1, 2], [3], [4, 5, 6], [7]]);
      expect(Array.from(await model.bytesOf("d"))).toEqual(f32(7));
      const again = gguf.read(await gguf.write(loaded, model.metadata));
      expect(await again.tensor("c").array()).toEqual([4, 5, 6]);
    }
  });

  test("[GS3] a count of files that no model has is broken", async () => {
    for (const count of [0, -1, 2 ** 16, 2 ** 32 - 1]) {
      const { gguf } = open();
      const file = ggufFile({
        values: { "split.count": { type: count < 0 ? 5 : 4, bytes: u32(count >>> 0) } },
        tensors: [one("a", 1)],
      });
      await expect(gguf.open(file)).rejects.toMatchObject({ code: "file/broken" });
    }
  });

  test("[GS2] are refused where one is missing, twice there, or of another model", async () => {
    const { gguf, host } = open();
    host.span = { source: "cell", start: 6, end: 10 };
    const refused = async (files: unknown): Promise<string> => {
      const found: unknown = await gguf.open(files).catch((error: unknown) => error);
      expect(found).toMatchObject({ code: "file/parts", span: host.span });
      return String(found);
    };
    expect(await refused(first)).toContain("of 3 files 2, 3 are missing");
    expect(await refused([first, third])).toContain("of 3 files 2 is missing");
    expect(await refused([first, second, second])).toContain("file 2 of 3 is given twice");
    expect(await refused([first, second, third, third])).toContain("file 3 of 3 is given twice");
    expect(await refused([])).toContain("no file");
    expect(await refused([first, second, other({ count: 4 }, one("d", 7))])).toContain("two models");
    expect(await refused([first, second, other({}, one("a", 7))])).toContain('tensor "a" is in two files');
    expect(await refused([first, second, other({}, one("d", 7), one("e", 7))])).toContain(
      "4 tensors, and the files have 5",
    );
    expect(await refused([first, second, other({ tensors: 9 }, one("d", 7))])).toContain("9 tensors");
    expect(await refused([first, ggufFile({ tensors: [one("d", 7)] }), third])).toContain("two models");
    await expect(gguf.open([first, "second.gguf", third])).rejects.toMatchObject({ code: "file/bytes" });
  });
});
