import { describe, expect, it } from "vitest";
import { defineKernel } from "./kernel.ts";

const file = `
// struct Step { said: f32 }   in a comment, which does not count
override ROWS: u32;
override COLUMNS: u32 = 4;
struct Step { rate: f32, count: u32, }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> step: Step;
`;
const names = { buffers: ["x", "y"], constants: ["ROWS", "COLUMNS"], step: ["rate", "count"] } as const;

describe("defineKernel", () => {
  it("reads bindings, constants and step numbers from the file", () => {
    expect(defineKernel({ name: "test", wgsl: file, ...names })).toEqual({
      name: "test",
      wgsl: file,
      bindings: [
        { name: "x", index: 0, access: "read" },
        { name: "y", index: 2, access: "read_write" },
      ],
      constants: ["ROWS", "COLUMNS"],
      stepBinding: 1,
      stepFields: [
        { name: "rate", type: "f32" },
        { name: "count", type: "u32" },
      ],
    });
  });

  it.each([
    [
      { buffers: ["x", "z"] },
      "[kernel] test: buffers disagree with the .wgsl file: the definition names z, which the file lacks; " +
        "the file has y, which the definition does not name.",
    ],
    [
      { constants: ["ROWS"] },
      "[kernel] test: constants disagree with the .wgsl file: the file has COLUMNS, which the definition does not name.",
    ],
    [
      { step: ["rate", "count", "seed"] },
      "[kernel] test: step numbers disagree with the .wgsl file: the definition names seed, which the file lacks.",
    ],
    [
      { wgsl: file.replace("count: u32", "count: vec2u") },
      "[kernel] test: step number count is of type vec2u, must be u32, i32 or f32.",
    ],
    [
      { wgsl: file.replace("var<uniform> step", "var<uniform> other") },
      "[kernel] test: a file with step numbers has both struct Step { … } and var<uniform> step: Step; this one lacks one.",
    ],
  ])("refuses %j", (change, message) => {
    expect(() => defineKernel({ name: "test", wgsl: file, ...names, ...change })).toThrow(new Error(message));
  });
});
