import { describe, expect, test } from "vitest";
import { adviceFor } from "./gpu-advice.ts";

const chromeLinux =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36";
const safari =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";

describe("adviceFor", () => {
  test("[G1] an insecure page is the first thing to mend, in any browser", () => {
    expect(adviceFor(chromeLinux, false)[0]).toMatch(/https/);
    expect(adviceFor(safari, false)[0]).toMatch(/https/);
  });
  test("[G2] the advice is for the browser at hand", () => {
    expect(adviceFor(safari, true)[0]).toMatch(/^Safari/);
    expect(adviceFor(chromeLinux, true).join(" ")).toMatch(/chrome:\/\/gpu/);
    expect(
      adviceFor("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", true)[0],
    ).toMatch(/^Firefox/);
  });
});
