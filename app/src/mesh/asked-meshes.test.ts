import { expect, test } from "vitest";
import { AskedMeshes } from "./asked-meshes.ts";

/** A room, whose members may be paused. */
class Room {
  readonly there: string[];
  readonly paused = new Set<string>();
  readonly meshes: AskedMeshes;

  constructor(...there: string[]) {
    this.there = there;
    this.meshes = new AskedMeshes((wish) => {
      const those = (all: readonly string[]): string =>
        typeof wish === "number" ? (all.length < wish ? "few" : all.slice(0, wish).join()) : all.join();
      return [those(this.there.filter((one) => !this.paused.has(one))), those(this.there)];
    });
  }

  changed(): readonly string[] {
    return this.meshes.changed(() => true);
  }
}

test("[AM1] cells hear of it once when their wish would be answered by others, and only they", () => {
  const room = new Room("host", "ada");
  room.meshes.asked({ run: 1, cell: "all" }, undefined);
  room.meshes.asked({ run: 2, cell: "two" }, 2);
  room.meshes.asked({ run: 3, cell: "three" }, 3);
  expect(room.changed()).toEqual([]);
  room.there.push("bo");
  expect(room.changed()).toEqual(["all", "three"]);
  expect(room.changed()).toEqual([]);
  room.there.splice(1);
  expect(room.changed()).toEqual(["all", "two", "three"]);
});

test("[AM2] what an earlier run of a cell asked for does not count any more, nor what is of no run that is left", () => {
  const room = new Room("a", "b");
  room.meshes.asked({ run: 1, cell: "c" }, undefined);
  room.meshes.asked({ run: 2, cell: "c" }, 1);
  room.meshes.asked({ run: 3, cell: "d" }, undefined);
  room.there.pop();
  expect(room.meshes.changed(({ run }) => run !== 3)).toEqual([]);
  room.there.push("e");
  expect(room.changed()).toEqual([]);
});

test("[AM3] who pauses changes nothing for those who have it; who is back is news for those who went without", () => {
  const room = new Room("host", "phone");
  room.meshes.asked({ run: 1, cell: "with" }, undefined);
  room.paused.add("phone");
  room.meshes.asked({ run: 2, cell: "without" }, undefined);
  expect(room.changed()).toEqual([]);
  room.paused.delete("phone");
  expect(room.changed()).toEqual(["without"]);
  expect(room.changed()).toEqual([]);
});
