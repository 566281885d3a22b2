import type { ReactNode } from "react";
import { bytes } from "../shared/format.ts";
import { store, useJoin } from "./store.ts";

/** How much of the device others may have. The time can be changed while it works, the memory before it joins. */
export function Budget({ joined = false }: { readonly joined?: boolean }): ReactNode {
  return (
    <section aria-label="What you lend">
      <h2>What you lend</h2>
      <Share />
      {!joined && <Memory />}
      <Switches />
    </section>
  );
}

function Share(): ReactNode {
  const share = useJoin((state) => state.share);
  const percent = Math.round(share * 100);
  const rest = Math.round(100 / share - 100);
  return (
    <label className="budget">
      <span>
        GPU time <b>{percent} %</b>
      </span>
      <input
        type="range"
        min={10}
        max={100}
        step={10}
        value={percent}
        onChange={(event) => store.setState({ share: event.currentTarget.valueAsNumber / 100 })}
      />
      <small>
        {share === 1
          ? "No rests: other pages and games may stutter."
          : `After 100 ms of work it rests for ${rest} ms.`}
      </small>
    </label>
  );
}

const mebibyte = 2 ** 20;

/** The slider's steps are powers of two. */
function Memory(): ReactNode {
  const memory = useJoin((state) => state.memory);
  return (
    <label className="budget">
      <span>
        Memory <b>{bytes(memory)}</b>
      </span>
      <input
        type="range"
        min={5}
        max={12}
        step={1}
        value={Math.log2(memory / mebibyte)}
        aria-valuetext={bytes(memory)}
        onChange={(event) => store.setState({ memory: 2 ** event.currentTarget.valueAsNumber * mebibyte })}
      />
      <small>At most so much of the GPU's memory.</small>
    </label>
  );
}

function Switches(): ReactNode {
  const background = useJoin((state) => state.background);
  const awake = useJoin((state) => state.awake);
  return (
    <>
      <label className="switch">
        <input
          type="checkbox"
          checked={background}
          onChange={(event) => store.setState({ background: event.currentTarget.checked })}
        />
        Go on while this tab is hidden
      </label>
      {"wakeLock" in navigator && (
        <label className="switch">
          <input
            type="checkbox"
            checked={awake}
            onChange={(event) => store.setState({ awake: event.currentTarget.checked })}
          />
          Keep the screen on
        </label>
      )}
    </>
  );
}
