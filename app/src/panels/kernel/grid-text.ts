/** "4 × 2": the sides of a grid, without the ones at its end. */
export function gridText(grid: readonly number[]): string {
  const sides = grid.filter(
    (count, axis) => axis === 0 || count > 1 || grid.slice(axis).some((rest) => rest > 1),
  );
  return sides.join(" × ");
}
