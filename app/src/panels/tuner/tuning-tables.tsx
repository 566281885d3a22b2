import { faultData } from "@tilebook/base";
import { type ReactNode, useState } from "react";
import { dropTunings, exportTunings, importTunings, noteTunings } from "../../session/tuning-tables.ts";
import { recordsNow } from "../../session/tuning-start.ts";
import { plural } from "../../shared/format.ts";
import { useApp } from "../../state/app.ts";
import { mergedWords } from "./merged-words.ts";

interface News {
  readonly text: string;
  readonly bad?: boolean;
}

/** Takes what was measured to other devices, and from them: as a file, or with the notebook. */
export function TuningTables(): ReactNode {
  const [news, setNews] = useState<News>();
  const isTuned = useApp(({ tuned }) => tuned?.kernels.some(({ tuning }) => tuning !== undefined) ?? false);
  const readOnly = useApp((state) => state.readOnly);
  const noted = useApp(() => recordsNow().length);
  const say = (text: string | undefined): void => setNews(text === undefined ? undefined : { text });
  const act = (work: () => Promise<string | undefined>): void => {
    work().then(say, (error: unknown) => setNews({ text: refusal(error), bad: true }));
  };
  return (
    <div className="tuning-tables" role="group" aria-label="Results">
      <button type="button" className="button" disabled={!isTuned} onClick={() => act(exported)}>
        Export results
      </button>
      <button type="button" className="button" onClick={() => act(imported)}>
        Import results
      </button>
      <button
        type="button"
        className="button"
        disabled={!isTuned || readOnly}
        title="The fastest configs go with the notebook, and are used on such devices"
        onClick={() => say(`${plural(noteTunings(), "kernel")} noted in the notebook's front matter.`)}
      >
        Keep in the notebook
      </button>
      {noted > 0 && (
        <button
          type="button"
          className="button"
          disabled={readOnly}
          onClick={() => {
            dropTunings();
            say("The notebook holds no results any more.");
          }}
        >
          Remove from the notebook
        </button>
      )}
      {news !== undefined && (
        <p role={news.bad === true ? "alert" : "status"} data-bad={news.bad}>
          {news.text}
        </p>
      )}
    </div>
  );
}

async function exported(): Promise<undefined> {
  await exportTunings();
}

async function imported(): Promise<string | undefined> {
  const came = await importTunings();
  return came && mergedWords(came.name, came.merged);
}

function refusal(error: unknown): string {
  const { code, message } = faultData(error);
  const why = code.startsWith("decode/") ? `this is no file of tuning results (${message})` : message;
  return `Nothing was changed: ${why}.`;
}
