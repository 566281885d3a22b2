/** What to do when there is no WebGPU, most likely first; from the browser's name and whether the page is secure. */
export function adviceFor(userAgent: string, secure: boolean): string[] {
  if (!secure) {
    return [
      "WebGPU needs a secure page: open this one by https, or as localhost.",
      "An address such as http://192.168.0.5 is not secure, even on your own network.",
    ];
  }
  const android = /Android/.test(userAgent);
  if (/Firefox\//.test(userAgent)) {
    return [
      "Firefox has WebGPU from version 141 on Windows and 145 on Macs; elsewhere set dom.webgpu.enabled in about:config.",
      "Chrome or Edge on the same computer will most likely work now.",
    ];
  }
  if (/Chrome\/|Chromium\//.test(userAgent)) {
    return android
      ? ["Chrome has WebGPU on phones with Android 12 or later; update Chrome and try again."]
      : [
          "Turn on “Use graphics acceleration” in the browser's settings and start it again.",
          "On Linux, start Chrome with --enable-features=Vulkan --enable-unsafe-webgpu.",
          "chrome://gpu says whether WebGPU is blocked, and why.",
        ];
  }
  if (/AppleWebKit/.test(userAgent))
    return ["Safari has WebGPU from version 26 on; update the system and try again."];
  return ["Use a recent Chrome, Edge, Firefox or Safari."];
}
