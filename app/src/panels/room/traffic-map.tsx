import { type ReactNode, useEffect } from "react";
import { bytes } from "../../shared/format.ts";
import { watchTraffic } from "../../room/room.ts";
import type { RoomView, TrafficView } from "../../room/room-state.ts";

type Open = Extract<RoomView, { readonly kind: "open" }>;

interface Place {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

const [width, height, radius] = [320, 240, 86];

/** Bytes of tensors that went between devices since the room was opened, as lines between them. */
export function TrafficMap({ view }: { readonly view: Open }): ReactNode {
  const compute = view.members.filter(({ role }) => role === "compute");
  return compute.length === 0 ? null : <MapOf view={view} compute={compute} />;
}

interface MapProps {
  readonly view: Open;
  readonly compute: Open["members"];
}

function MapOf({ view, compute }: MapProps): ReactNode {
  useEffect(watchTraffic, []);
  const places = placesOf([{ id: view.id, name: "this device" }, ...compute]);
  const edges = view.traffic.filter(({ payload }) => payload > 0);
  const most = Math.max(1, ...edges.map(({ payload }) => payload));
  return (
    <section>
      <h3>What went between them</h3>
      <svg
        className="room-map"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={saidOf(edges, places)}
      >
        {edges.map((edge) => (
          <EdgeLine key={`${edge.from} ${edge.to}`} edge={edge} places={places} most={most} />
        ))}
        {places.map(({ id, name, x, y }) => (
          <g key={id} transform={`translate(${x} ${y})`}>
            <circle r={7} />
            <text y={y < height / 2 ? -12 : 20} textAnchor="middle">
              {name.length > 18 ? `${name.slice(0, 17)}…` : name}
            </text>
          </g>
        ))}
      </svg>
      <p>
        {edges.length === 0
          ? "No tensors yet. A cell that says mesh() moves some."
          : `${bytes(edges.reduce((sum, { payload }) => sum + payload, 0))} of tensors in all`}
      </p>
    </section>
  );
}

interface EdgeProps {
  readonly edge: TrafficView;
  readonly places: readonly Place[];
  readonly most: number;
}

/** Bowed, so that there and back are two lines. */
function EdgeLine({ edge, places, most }: EdgeProps): ReactNode {
  const from = places.find(({ id }) => id === edge.from);
  const to = places.find(({ id }) => id === edge.to);
  if (from === undefined || to === undefined) return null;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const [x, y] = [(from.x + to.x) / 2 - dy * 0.12, (from.y + to.y) / 2 + dx * 0.12];
  return (
    <path
      d={`M${from.x} ${from.y}Q${x} ${y} ${to.x} ${to.y}`}
      strokeWidth={1 + 4 * Math.sqrt(edge.payload / most)}
    >
      <title>{`${from.name} to ${to.name}: ${bytes(edge.payload)}`}</title>
    </path>
  );
}

function placesOf(all: readonly { readonly id: string; readonly name: string }[]): readonly Place[] {
  return all.map(({ id, name }, at) => {
    const angle = (2 * Math.PI * at) / all.length - Math.PI / 2;
    return {
      id,
      name,
      x: width / 2 + 1.3 * radius * Math.cos(angle),
      y: height / 2 + radius * Math.sin(angle),
    };
  });
}

function saidOf(edges: readonly TrafficView[], places: readonly Place[]): string {
  const nameOf = (id: string): string => places.find((place) => place.id === id)?.name ?? "somebody";
  return edges
    .map(({ from, to, payload }) => `${nameOf(from)} to ${nameOf(to)}: ${bytes(payload)}`)
    .join("; ");
}
