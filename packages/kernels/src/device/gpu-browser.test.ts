import { afterEach, describe, expect, it, vi } from "vitest";
import { openGpu } from "./gpu-browser.ts";

describe("WebGPU in the browser", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is the navigator's", () => {
    const gpu = {};
    vi.stubGlobal("navigator", { gpu });
    expect(openGpu()).toBe(gpu);
  });

  it("is said to be missing where it is", () => {
    vi.stubGlobal("navigator", {});
    expect(() => openGpu()).toThrow(
      "[device] this browser has no WebGPU: use a current Chrome, Edge, Firefox or Safari, on https or localhost.",
    );
  });
});
