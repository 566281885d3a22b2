export type Triple = readonly [number, number, number];

/** A part of a grid: workgroups `origin` to `origin + size`. */
export interface Box {
  readonly origin: Triple;
  readonly size: Triple;
}

/** Cuts workgroups [base, base + count), counted x first, into at most five boxes: part of a row, rows, planes, rows, part of a row. */
export function boxesOf(grid: Triple, base: number, count: number): readonly Box[] {
  const [width, height] = grid;
  const boxes: Box[] = [];
  let at = base;
  const end = base + count;
  while (at < end) {
    const box = boxAt(width, height, at, end - at);
    boxes.push(box);
    at += box.size[0] * box.size[1] * box.size[2];
  }
  return boxes;
}

/** The largest box of at most `most` workgroups that starts at workgroup `at` and is contiguous. */
function boxAt(width: number, height: number, at: number, most: number): Box {
  const x = at % width;
  const y = Math.floor(at / width) % height;
  const z = Math.floor(at / (width * height));
  const origin: Triple = [x, y, z];
  if (x !== 0 || most < width) return { origin, size: [Math.min(width - x, most), 1, 1] };
  const rows = Math.floor(most / width);
  if (y !== 0 || rows < height) return { origin, size: [width, Math.min(height - y, rows), 1] };
  return { origin, size: [width, height, Math.floor(rows / height)] };
}
