import { seeded } from "@tilebook/base";
import { often } from "@tilebook/ir/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { attacks } from "../testing/attacks.ts";
import { type Cast, newCast } from "../testing/door-scene.ts";

const kinds = Object.entries(attacks);
const each = Math.ceil(often(2_000, 40_000) / kinds.length);
let cast: Cast;

beforeAll(async () => {
  cast = await newCast();
});

describe(`${each * kinds.length} attacks on those who meet`, () => {
  test.each(kinds)(
    "[RA1] %s: none is believed, and the same without the lie always is",
    async (name, attack) => {
      const believed: string[] = [];
      for (let seed = 1; seed <= each; seed++)
        if (await attack(cast, seeded(seed), true)) believed.push(`${name}, seed ${seed}`);
      const honest: boolean[] = [];
      for (let seed = 1; seed <= 12; seed++) honest.push(await attack(cast, seeded(seed), false));
      expect(believed).toEqual([]);
      expect(honest).not.toContain(false);
    },
  );
});
