/**
 * What the frame may load: its own inline script and modules made from text. Nothing may leave.
 * `worker-src data:` because only a data: worker has WebGPU inside an opaque frame.
 */
export const framePolicy: string = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' data: blob:",
  "worker-src data:",
  "connect-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
].join("; ");

/** The frame page with its script inlined. */
export function framePage(script: string): string {
  const safe = script.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  return `<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${framePolicy}">
<meta name="referrer" content="no-referrer">
<title>Tilebook sandbox</title>
<script type="module">${safe}</script>
`;
}
