import { Fault } from "@tilebook/base";
import type { Algorithm } from "../sbp/schedule.ts";
import { type LinkSpeed, rateOf } from "../transport/throttle.ts";

/** How the links of a mesh are to be, and how its collectives are to use them. */
export interface LinkWish extends LinkSpeed {
  /** Only the links between these ranks, both ways; all by default. */
  readonly between?: readonly (readonly [number, number])[];
  /** Done so where they can be; as is fastest by default. */
  readonly collectives?: Algorithm;
}

/** The link from one rank to another. */
export function speedBetween({ mbps, ms, loss, between }: LinkWish, from: number, to: number): LinkSpeed {
  const isMeant = between?.some((pair) => pair.includes(from) && pair.includes(to)) ?? true;
  if (!isMeant) return {};
  return {
    ...(mbps === undefined ? {} : { mbps }),
    ...(ms === undefined ? {} : { ms }),
    ...(loss === undefined ? {} : { loss }),
  };
}

/** Slower, and a packet of 64 KB takes so long that its peer seems to be gone. */
const leastRate = 0.25e6 / 8 / 1_000;
const mostDelay = 1_000;

/** Fault `mesh/link`: no link is like this, or it would be taken for one that is lost. */
export function checkSpeed(speed: LinkSpeed): void {
  const { mbps = 1, ms = 0, loss = 0 } = speed;
  if (!(mbps > 0) || !(ms >= 0) || !(loss >= 0 && loss < 1))
    throw new Fault(
      "mesh/link",
      "a link has a rate above 0, a delay of 0 or more, and loses a share of 0 to 1",
    );
  if (ms <= mostDelay && rateOf(speed) >= leastRate) return;
  throw new Fault("mesh/link", "a link as slow as this is taken for one that is lost", {
    hint: "0.25 Mbit/s is the least, losses counted, and 1,000 ms the most",
  });
}
