/** WebGPU in the browser. Node's twin is gpu-node.ts. */

/** The WebGPU entry point. What is experimental, the browser's own flags decide. @throws where the browser has none */
export function openGpu(_isExperimental = false): GPU {
  if (!globalThis.navigator?.gpu) {
    throw new Error(
      "[device] this browser has no WebGPU: use a current Chrome, Edge, Firefox or Safari, on https or localhost.",
    );
  }
  return navigator.gpu;
}

/** What to do in a browser in which no adapter is found. */
export const noAdapterAdvice = "Look at chrome://gpu (or about:support) for why WebGPU is off.";
