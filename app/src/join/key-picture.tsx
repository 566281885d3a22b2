import type { ReactNode } from "react";

const side = 5;

/** A picture of a key: people see at once that it is another one. It says no more than its words. */
export function KeyPicture({ id, size }: { readonly id: string; readonly size: number }): ReactNode {
  const codes = Array.from(id, (letter) => letter.codePointAt(0) ?? 0);
  const hue = ((codes[15] ?? 0) * 37 + (codes[16] ?? 0) * 11) % 360;
  const tiles = Array.from({ length: side * 3 }, (_, at) => ({
    x: at % 3,
    y: Math.floor(at / 3),
    shade: ((codes[at] ?? 0) * 7 + (codes[(at + 5) % codes.length] ?? 0)) % 3,
  }));
  const mirrored = tiles.flatMap((tile) =>
    tile.x === 2 ? [tile] : [tile, { ...tile, x: side - 1 - tile.x }],
  );
  return (
    <svg className="key-picture" viewBox="0 0 29 29" width={size} height={size} aria-hidden>
      {mirrored.map(({ x, y, shade }) => (
        <rect
          key={`${x} ${y}`}
          x={x * 6}
          y={y * 6}
          width="5"
          height="5"
          rx="1"
          fill={`oklch(62% 0.15 ${hue})`}
          opacity={[1, 0.45, 0.12][shade]}
        />
      ))}
    </svg>
  );
}
