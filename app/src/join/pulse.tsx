import type { ReactNode } from "react";
import { percent } from "../shared/format.ts";
import { pulseLength, useJoin } from "./store.ts";

const height = 40;

/** How busy each second of the last minute was, the latest at the right. */
export function Pulse(): ReactNode {
  const pulse = useJoin((state) => state.pulse);
  const first = pulseLength - pulse.length;
  const mean = pulse.reduce((sum, part) => sum + part, 0) / Math.max(1, pulse.length);
  return (
    <figure className="pulse">
      <svg
        viewBox={`0 0 ${pulseLength * 4} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`At work for ${percent(mean)} of the last minute`}
      >
        {Array.from({ length: pulseLength }, (_, at) => {
          const tall = Math.max(1.5, (pulse[at - first] ?? 0) * height);
          const kind = (pulse[at - first] ?? 0) > 0 ? "busy" : undefined;
          return (
            <rect key={at} data-kind={kind} x={at * 4} y={height - tall} width="3" height={tall} rx="0.75" />
          );
        })}
      </svg>
      <figcaption>
        <span>a minute ago</span>
        <span>at work {percent(mean)}</span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}
