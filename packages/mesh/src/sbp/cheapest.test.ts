import { seeded } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { cheapest, type Factor, placeOf, setAt } from "./cheapest.ts";

/** Tries everything. */
function exhaustive(domains: readonly number[], factors: readonly Factor[]): number {
  const variables = domains.map((_, index) => index);
  const entries = domains.reduce((product, size) => product * size, 1);
  const choices = domains.map(() => 0);
  let least = Infinity;
  for (let entry = 0; entry < entries; entry++) {
    setAt(choices, variables, entry, domains);
    least = Math.min(least, sumOf(choices, domains, factors));
  }
  return least;
}

function sumOf(choices: readonly number[], domains: readonly number[], factors: readonly Factor[]): number {
  return factors.reduce(
    (sum, { variables, table }) => sum + (table[placeOf(variables, choices, domains)] ?? 0),
    0,
  );
}

describe("the cheapest choice", () => {
  test("[SP1] is what trying everything finds, on 300 random problems", () => {
    const random = seeded(11);
    const below = (size: number): number => Math.floor(random() * size);
    for (let turn = 0; turn < 300; turn++) {
      const domains = Array.from({ length: 1 + below(7) }, () => 1 + below(4));
      const factors = Array.from({ length: below(10) }, (): Factor => {
        const variables = [...new Set(Array.from({ length: 1 + below(3) }, () => below(domains.length)))];
        const entries = variables.reduce((product, variable) => product * (domains[variable] ?? 1), 1);
        return {
          variables,
          table: Float64Array.from({ length: entries }, () => (below(12) === 0 ? Infinity : below(20))),
        };
      });
      const found = cheapest(domains, factors);
      const least = exhaustive(domains, factors);
      expect(found?.cost).toBe(least);
      if (least < Infinity) expect(sumOf(found?.choices ?? [], domains, factors)).toBe(least);
    }
  });

  test("[SP2] a chain of 2,000 takes no time that grows with their product", () => {
    const domains = Array.from({ length: 2_000 }, () => 4);
    const factors = domains.slice(1).map((_, index): Factor => {
      const table = Float64Array.from({ length: 16 }, (__, place) =>
        Math.floor(place / 4) === place % 4 ? 1 : 0,
      );
      return { variables: [index, index + 1], table };
    });
    expect(cheapest(domains, factors)?.cost).toBe(0);
  });

  test("[SP3] what hangs together too much is not tried", () => {
    const domains = Array.from({ length: 14 }, () => 4);
    const pairs = domains.flatMap((_, a) => domains.map((__, b) => [a, b] as const).filter(([, b]) => b > a));
    const factors = pairs.map((variables): Factor => ({ variables, table: new Float64Array(16) }));
    expect(cheapest(domains, factors)).toBeUndefined();
  });
});
