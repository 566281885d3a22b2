import { type StepBuffer, type StepBufferInfo, touched } from "@tilebook/sandbox";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { grouped, plural } from "../shared/format.ts";
import { enlarge, goToWriter } from "./actions.ts";
import type { OpenSession } from "./store.ts";
import { TileView } from "./tile-view.tsx";

/** The buffers, each as a strip from its first element to its last, with what the program did to it. */
export function StepMemory({ session }: { readonly session: OpenSession }): ReactNode {
  const { opening, view } = session;
  return (
    <section className="step-values" aria-label="Memory">
      <h3>
        Memory
        <span className="step-key">
          <i data-kind="loaded" /> loaded <i data-kind="stored" /> stored <i data-kind="next" /> next
        </span>
      </h3>
      <ul>
        {opening.buffers.map((info) => {
          const buffer = view?.buffers.find(({ value }) => value === info.value);
          return buffer && <BufferCard key={info.value} info={info} buffer={buffer} session={session} />;
        })}
      </ul>
    </section>
  );
}

interface CardProps {
  readonly info: StepBufferInfo;
  readonly buffer: StepBuffer;
  readonly session: OpenSession;
}

function BufferCard({ info, buffer, session }: CardProps): ReactNode {
  const { enlarged, tile, asked } = session;
  const { value, name, dtype, shape, written } = info;
  const element = asked?.value === value ? asked.element : undefined;
  const isNear = enlarged?.kind === "buffer" && enlarged.value === value;
  return (
    <li className="step-value" data-read={buffer.next === undefined ? undefined : true}>
      <button
        type="button"
        className="step-value-head"
        aria-expanded={isNear}
        onClick={() => void enlarge({ kind: "buffer", value })}
      >
        <span className="step-value-name">{name}</span>
        <span className="step-value-type">
          {dtype} [{shape.join(", ")}]
        </span>
        <span className="step-value-done">{doneText(buffer)}</span>
        <Strip strip={buffer.strip} />
      </button>
      {isNear && tile?.value === value && (
        <>
          <TileView tile={tile} shape={shape} lane={element} />
          {written && <WriterField key={element} info={info} first={element ?? 0} />}
        </>
      )}
    </li>
  );
}

function doneText({ loaded, stored, next }: StepBuffer): string {
  const parts = [
    ...(loaded > 0 ? [`${grouped(loaded)} loaded`] : []),
    ...(stored > 0 ? [`${grouped(stored)} stored`] : []),
    ...(next === undefined ? [] : [`next: ${next.how} of ${plural(next.elements, "element")}`]),
  ];
  return parts.join(" · ");
}

function Strip({ strip }: { readonly strip: Uint8Array }): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context === null || context === undefined) return;
    const style = getComputedStyle(context.canvas);
    const colour = (name: string): string => style.getPropertyValue(name);
    context.clearRect(0, 0, strip.length, 4);
    strip.forEach((bits, at) => {
      // From top to bottom: loaded, stored; and what comes next over both.
      paintPart(context, at, bits, colour);
    });
  }, [strip]);
  return <canvas ref={canvas} className="step-strip" width={strip.length} height={4} />;
}

function paintPart(
  context: CanvasRenderingContext2D,
  at: number,
  bits: number,
  colour: (name: string) => string,
): void {
  const fill = (name: string, top: number, height: number): void => {
    context.fillStyle = colour(name);
    context.fillRect(at, top, 1, height);
  };
  if ((bits & touched.loaded) !== 0) fill("--step-loaded", 0, 2);
  if ((bits & touched.stored) !== 0) fill("--step-stored", 2, 2);
  if ((bits & touched.nextLoads) !== 0) fill("--step-next", 0, 2);
  if ((bits & touched.nextStores) !== 0) fill("--step-next", 2, 2);
}

function WriterField(props: { readonly info: StepBufferInfo; readonly first: number }): ReactNode {
  const { value, shape } = props.info;
  const size = shape.reduce((a, b) => a * b, 1);
  const [element, setElement] = useState(props.first);
  const valid = Number.isInteger(element) && element >= 0 && element < size;
  return (
    <form
      className="step-writer"
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) void goToWriter(value, element);
      }}
    >
      <label>
        Who wrote element{" "}
        <input
          type="number"
          min={0}
          max={size - 1}
          value={Number.isNaN(element) ? "" : element}
          onChange={(event) => setElement(event.target.valueAsNumber)}
        />
      </label>
      <button type="submit" className="button" disabled={!valid}>
        Go there
      </button>
    </form>
  );
}
