import { describe, expect, it } from "vitest";
import { describeAdapter } from "./adapter-info.ts";

const info = (parts: Partial<GPUAdapterInfo>) =>
  describeAdapter({ vendor: "", architecture: "", device: "", description: "", ...parts } as GPUAdapterInfo);

describe("describeAdapter", () => {
  it("names the adapter by the best that it says of itself", () => {
    expect(info({ device: "NVIDIA H200", description: "driver 570" }).name).toBe("NVIDIA H200");
    expect(info({ device: "llvmpipe-llvm-15-0-6-256-bits-" }).name).toBe("llvmpipe-llvm-15-0-6-256-bits");
    expect(info({ description: "Apple M2" }).name).toBe("Apple M2");
    expect(info({ vendor: "amd" }).name).toBe("amd");
    expect(info({}).name).toBe("unnamed adapter");
  });

  it.each([
    [{ device: "llvmpipe (LLVM 15.0.6, 256 bits)" }, true],
    [{ vendor: "google", architecture: "swiftshader" }, true],
    [{ description: "Microsoft Basic Render Driver" }, true],
    [{ device: "anything", isFallbackAdapter: true }, true],
    [{ vendor: "nvidia", architecture: "hopper", device: "NVIDIA H200" }, false],
    [{ vendor: "apple", architecture: "metal-3" }, false],
  ])("says of %j whether it is software: %s", (parts, isSoftware) => {
    expect(info(parts).isSoftware).toBe(isSoftware);
  });

  it("has matrices where its subgroups are of one size and multiply f16 into f32", () => {
    const wanted = { componentType: "f16", resultComponentType: "f32", M: 16, N: 16, K: 16 };
    const withMatrices = (config: object, subgroupMaxSize = 32) =>
      info({ subgroupMinSize: 32, subgroupMaxSize, subgroupMatrixConfigs: [config] } as object).hasMatrices;
    expect(withMatrices(wanted)).toBe(true);
    expect(withMatrices(wanted, 64)).toBe(false);
    expect(withMatrices({ ...wanted, resultComponentType: "f16" })).toBe(false);
    expect(withMatrices({ ...wanted, N: 8 })).toBe(false);
    expect(info({ subgroupMinSize: 32, subgroupMaxSize: 32 }).hasMatrices).toBe(false);
  });

  it("says 0 lanes where the adapter says nothing", () => {
    expect(info({}).subgroupSize).toBe(0);
    expect(info({ subgroupMinSize: 32 }).subgroupSize).toBe(32);
  });
});
