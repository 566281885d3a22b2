import type { InputOutput, InputValue } from "@tilebook/notebook";
import { type ReactNode, useId } from "react";
import { significant } from "../shared/format.ts";
import { useApp } from "../state/app.ts";
import { cellOf } from "../state/selectors.ts";
import { FileControl } from "./file-control.tsx";
import "./input.css";

interface Props {
  readonly cell: string;
  readonly output: InputOutput;
}

/** A control of a cell. Moving it sends its value at once, also while it is dragged. */
export function InputView({ cell, output }: Props): ReactNode {
  const id = useId();
  const chosen = useApp((state) => cellOf(state.notebook, cell)?.inputs[output.name]);
  const send = useApp((state) => state.send);
  const change = (value: InputValue) => send({ type: "input", cell, name: output.name, value });
  return (
    <div className="input">
      <label htmlFor={id}>{output.label}</label>
      <Control id={id} output={output} chosen={chosen} onChange={change} />
    </div>
  );
}

interface ControlProps {
  readonly id: string;
  readonly output: InputOutput;
  readonly chosen: InputValue | undefined;
  readonly onChange: (value: InputValue) => void;
}

function Control({ id, output, chosen, onChange }: ControlProps): ReactNode {
  switch (output.control) {
    case "slider": {
      const value = typeof chosen === "number" ? chosen : output.value;
      return <Slider id={id} output={output} value={value} onChange={onChange} />;
    }
    case "select":
      return (
        <select
          id={id}
          value={textOf(chosen, output.value)}
          onChange={(event) => onChange(event.target.value)}
        >
          {output.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      );
    case "toggle": {
      const on = typeof chosen === "boolean" ? chosen : output.value;
      return (
        <input
          id={id}
          type="checkbox"
          role="switch"
          checked={on}
          onChange={(event) => onChange(event.target.checked)}
        />
      );
    }
    case "file":
      return (
        <FileControl
          id={id}
          label={output.label}
          accept={output.accept}
          address={output.address}
          token={textOf(chosen, output.value)}
          onChange={onChange}
        />
      );
    case "text":
      return (
        <input
          id={id}
          type="text"
          value={textOf(chosen, output.value)}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}

interface SliderProps {
  readonly id: string;
  readonly output: Extract<InputOutput, { readonly control: "slider" }>;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function Slider({ id, output, value, onChange }: SliderProps): ReactNode {
  const { min, max, step } = output;
  const filled = max > min ? `${((value - min) / (max - min)) * 100}%` : "0%";
  return (
    <>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        style={{ "--filled": filled } as React.CSSProperties}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
      <output htmlFor={id}>{significant(value, 6)}</output>
    </>
  );
}

function textOf(chosen: InputValue | undefined, fallback: string): string {
  return typeof chosen === "string" ? chosen : fallback;
}
