import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { openTestDevice } from "../testing/test-device.ts";
import { kernelChoices } from "../variants/kernel-choice.ts";
import { Device } from "./device.ts";
import { openGpu } from "./gpu-node.ts";
import { defineKernel } from "./kernel.ts";
import { TensorTooLarge } from "./tensor-too-large.ts";

const scale = defineKernel({
  name: "test.scale",
  wgsl: `
    override COUNT: u32;
    struct Step { by: f32, start: u32, shift: i32 }
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    @group(0) @binding(2) var<uniform> step: Step;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      let i = id.x + step.start;
      if (i < COUNT) { y[i] = x[i] * step.by + f32(step.shift); }
    }`,
  buffers: ["x", "y"],
  constants: ["COUNT"],
  step: ["by", "start", "shift"],
});

/** The definition is sound, the program is not. */
const broken = defineKernel({
  name: "test.broken",
  wgsl: `
    @group(0) @binding(0) var<storage, read_write> y: array<f32>;
    @compute @workgroup_size(64) fn main() { y[0] = nonsense; }`,
  buffers: ["y"],
});

const grid = [1, 1, 1] as const;
const step = { by: 2, start: 0, shift: 0 };

describe("device", () => {
  const device = openTestDevice();

  it("runs kernels on tensors, with step numbers of each type", async () => {
    using scope = device().scope();
    const x = device().tensor([2, 2], Float32Array.of(1, 2, 3, 4));
    const y = scope.tensor([2, 2]);
    device().write(y, new Float32Array(4));
    device().run(scale, { x, y }, { COUNT: 4 }, { grid, step: { by: 0.5, start: 1, shift: -3 } });
    expect(await device().read(y)).toEqual({ shape: [2, 2], data: Float32Array.of(0, -2, -1.5, -1) });
  });

  it("compiles what some work will run, and runs nothing of it", async () => {
    using scope = device().scope();
    const x = device().tensor([2], Float32Array.of(1, 2));
    const y = scope.tensor([2]);
    device().write(y, Float32Array.of(7, 7));
    const work = () => {
      device().write(x, Float32Array.of(5, 6));
      for (const count of [3, 5, 3]) device().run(scale, { x, y }, { COUNT: count }, { grid, step });
      device().copy(x, y);
      device().clear(y);
    };
    const { pipelines } = device().created;
    const missing: number[] = [];
    await device().compile(work, (count) => missing.push(count));
    expect(device().created.pipelines).toBe(pipelines + 2);
    expect((await device().read(y)).data).toEqual(Float32Array.of(7, 7));
    expect((await device().read(x)).data).toEqual(Float32Array.of(1, 2));
    await device().compile(work, (count) => missing.push(count));
    expect(missing).toEqual([2]);
    device().run(scale, { x, y }, { COUNT: 3 }, { grid, step });
    expect(device().created.pipelines).toBe(pipelines + 2);
    expect((await device().read(y)).data).toEqual(Float32Array.of(2, 4));
  });

  it("leaves it to the call to say why something cannot be compiled", async () => {
    using own = await Device.open();
    const y = own.tensor([1]);
    await own.compile(() => own.run(broken, { y }, {}, { grid }));
    own.run(broken, { y }, {}, { grid });
    await expect(own.idle()).rejects.toThrow("[device] test.broken: ");
  });

  it("hands work over by itself when the step numbers are full, each call with its own", async () => {
    using scope = device().scope();
    const x = device().tensor([1], Float32Array.of(1));
    // 256 KiB hold 1024 slots of 256 bytes.
    const results = Array.from({ length: 1100 }, () => scope.tensor([1]));
    results.forEach((y, i) => {
      device().run(scale, { x, y }, { COUNT: 1 }, { grid, step: { by: i, start: 0, shift: 0 } });
    });
    for (const i of [0, 1023, 1024, 1099]) expect((await device().read(results[i])).data[0]).toBe(i);
  });

  it("makes tensors of zeros, also in memory that was used before", async () => {
    const used = device().tensor([3], Float32Array.of(1, 2, 3));
    device().pool.release(used.buffer);
    expect((await device().read(device().tensor([3]))).data).toEqual(new Float32Array(3));
  });

  it("keeps whole numbers whole", async () => {
    const data = Uint32Array.of(0xffff_ffff, 0x7fc0_0001);
    const tensor = device().tensor([2], data);
    expect(tensor.dtype).toBe("uint32");
    expect((await device().readUint32(tensor)).data).toEqual(data);
  });

  it("takes bytes, four in a word, of any number and from anywhere in their memory", async () => {
    const bytes = Uint8Array.of(9, 1, 2, 3, 4, 5, 6, 7, 8, 9).subarray(1, 8);
    const [tensor, other] = [device().tensor([7], bytes), device().tensor([1, 7], undefined, "uint8")];
    expect(tensor.dtype).toBe("uint8");
    device().copy(tensor, other);
    const words = await device().readUint32({ ...other, dtype: "uint32", shape: [2] });
    expect([...words.data]).toEqual([0x04_03_02_01, 0x07_06_05]);
    expect(() => device().write(tensor, bytes.subarray(1))).toThrow(
      "[device] write: a tensor [7] takes 7 values, got 6.",
    );
    await expect(device().read(tensor)).rejects.toThrow(
      "[device] read: the tensor is of uint8, must be of float32.",
    );
  });

  it("reads, writes and copies empty tensors", async () => {
    const empty = device().tensor([0, 3], new Float32Array(0));
    device().copy(empty, device().tensor([0, 3]));
    expect(await device().read(empty)).toEqual({ shape: [0, 3], data: new Float32Array(0) });
  });

  it("reads in the order of the work, many at a time", async () => {
    const x = device().tensor([1], Float32Array.of(1));
    const y = device().tensor([1]);
    const reads = [1, 2, 3, 4].map((by) => {
      device().run(scale, { x, y }, { COUNT: 1 }, { grid, step: { ...step, by } });
      return device().read(y);
    });
    expect((await Promise.all(reads)).map(({ data }) => data[0])).toEqual([1, 2, 3, 4]);
  });

  it("makes each pipeline and bind group once", async () => {
    using scope = device().scope();
    const [x, y] = [device().tensor([4]), scope.tensor([4])];
    const run = (count: number) => device().run(scale, { x, y }, { COUNT: count }, { grid, step });
    run(3);
    const { pipelines, bindGroups } = { ...device().created };
    for (let i = 0; i < 5; i++) run(3);
    expect(device().created).toMatchObject({ pipelines, bindGroups });
    run(2);
    expect(device().created).toMatchObject({ pipelines: pipelines + 1, bindGroups: bindGroups + 1 });
  });

  it.each([
    ["write: too few values", "[device] write: a tensor [2,2] takes 4 values, got 3."],
    ["write: another type", "[device] write: a tensor of float32 takes no values of uint32."],
    ["copy: too large", "[device] copy: float32 [5] does not fit into float32 [2,2]."],
    ["copy: another type", "[device] copy: uint32 [1] does not fit into float32 [2,2]."],
    ["run: no buffer", "[device] test.scale: the buffer y is missing."],
    ["run: no constant", "[device] test.scale: the constant COUNT is missing."],
    ["run: no step number", "[device] test.scale: the step number by is missing."],
    ["run: half a u32", "[device] test.scale: the step number start is 1.5, must be of type u32."],
    ["run: a negative u32", "[device] test.scale: the step number start is -1, must be of type u32."],
    [
      "run: one memory twice",
      "[device] test.scale: y is written, and x is the same memory: give it a tensor of its own.",
    ],
    [
      "run: a large grid",
      "[device] test.scale: a grid of 1×70000×1 workgroups; at most 65535 fit per dimension.",
    ],
  ])("refuses %s", (what, message) => {
    const [x, y] = [device().tensor([2, 2]), device().tensor([2, 2])];
    const constants = { COUNT: 4 };
    const actions: Record<string, () => unknown> = {
      "write: too few values": () => device().write(x, new Float32Array(3)),
      "write: another type": () => device().write(x, new Uint32Array(4)),
      "copy: too large": () => device().copy(device().tensor([5]), x),
      "copy: another type": () => device().copy(device().tensor([1], Uint32Array.of(1)), x),
      "run: no buffer": () => device().run(scale, { x } as never, constants, { grid, step }),
      "run: no constant": () => device().run(scale, { x, y }, {} as never, { grid, step }),
      "run: no step number": () => device().run(scale, { x, y }, constants, { grid }),
      "run: half a u32": () =>
        device().run(scale, { x, y }, constants, { grid, step: { ...step, start: 1.5 } }),
      "run: a negative u32": () =>
        device().run(scale, { x, y }, constants, { grid, step: { ...step, start: -1 } }),
      "run: one memory twice": () => device().run(scale, { x, y: x }, constants, { grid, step }),
      "run: a large grid": () => device().run(scale, { x, y }, constants, { grid: [1, 70_000, 1], step }),
    };
    expect(actions[what]).toThrow(new Error(message));
  });

  it("refuses to read one type as another", async () => {
    await expect(device().read(device().tensor([1], Uint32Array.of(1)))).rejects.toThrow(
      "[device] read: the tensor is of uint32, must be of float32.",
    );
    await expect(device().readUint32(device().tensor([1]))).rejects.toThrow(
      "[device] read: the tensor is of float32, must be of uint32.",
    );
  });

  it("refuses a tensor larger than the adapter binds", () => {
    expect(() => device().tensor([2 ** 40])).toThrow(
      /^\[device\] a tensor \[1099511627776\] takes 4194304 MiB, and .+ binds \d+ MiB of a buffer at most: use a smaller batch, or smaller pictures\.$/,
    );
  });

  it("can be made to allow less, and keeps to it", async () => {
    const limits = { maxStorageBufferBindingSize: 1030 };
    using small = await Device.open({ limits });
    expect(small.limits).toMatchObject({ ...limits, maxBufferSize: device().limits.maxBufferSize });
    expect(small.largestTensor).toBe(1024);
    expect((await small.read(small.tensor([256]))).data.length).toBe(256);
    using scope = small.scope();
    for (const memory of [small, scope]) {
      expect(() => memory.tensor([257])).toThrow(TensorTooLarge);
    }
    const refused: [object, string][] = [
      [{ maxBufferSize: 2 ** 53 - 1 }, "[device] limits.maxBufferSize must be a whole number from 256 to "],
      [{ maxBufferSize: 100 }, "got 100."],
      [
        { maxBufers: 1 },
        "[device] unknown limit maxBufers. Known: maxBufferSize, maxStorageBufferBindingSize.",
      ],
    ];
    for (const [wrong, message] of refused) {
      await expect(Device.open({ limits: wrong })).rejects.toThrow(message);
    }
  });
});

describe("device, failing", () => {
  it("names the kernel that WebGPU refuses, at the next wait and from then on", async () => {
    using device = await Device.open();
    const [x, y] = [device.tensor([4]), device.tensor([4])];
    device.run(scale, { x, y }, { COUNT: 4 }, { grid, step });
    device.run(broken, { y }, {}, { grid });
    await expect(device.read(y)).rejects.toThrow(/^\[device\] test\.broken: .*unresolved value 'nonsense'/s);
    expect(() => device.run(scale, { x, y }, { COUNT: 4 }, { grid, step })).toThrow(/test\.broken/);
    await expect(device.idle()).rejects.toThrow(/test\.broken/);
  });

  it("does nothing more once it is closed", async () => {
    const device = await Device.open();
    const tensor = device.tensor([1 << 20]);
    const pending = device.read(tensor);
    device.close();
    device.close();
    const closed = "[device] the device was closed: open another one.";
    await expect(pending).rejects.toThrow(closed);
    await expect(device.read(tensor)).rejects.toThrow(closed);
    await expect(device.idle()).rejects.toThrow(closed);
    expect(() => device.tensor([1])).toThrow(closed);
    expect(() => device.run(scale, { x: tensor, y: tensor }, { COUNT: 1 }, { grid, step })).toThrow(closed);
  });

  it("refuses options that there are none of", async () => {
    await expect(Device.open({ kernel: "naive" } as object)).rejects.toThrow(
      "[device] unknown option kernel. Known: kernels, precision, powerPreference, limits.",
    );
  });

  it("refuses kernels that there are none of", async () => {
    await expect(Device.open({ kernels: "fastest" as "auto" })).rejects.toThrow(
      `[device] kernels must be one of ${kernelChoices.join(", ")}, got fastest.`,
    );
  });

  it("refuses precisions that there are none of, and kernels that round without being asked to", async () => {
    await expect(Device.open({ precision: "float16" as "mixed" })).rejects.toThrow(
      "[device] precision must be one of float32, mixed, got float16.",
    );
    await expect(Device.open({ kernels: "half-tiles" })).rejects.toThrow(
      "[device] kernels half-tiles want precision mixed, got float32.",
    );
  });

  it("refuses mixed precision where the adapter has no f16", async () => {
    const gpu = openGpu(true);
    const adapter = await gpu.requestAdapter();
    const without = Object.create(adapter, {
      features: { value: new Set() },
      info: { value: adapter?.info },
    });
    const spy = vi.spyOn(gpu, "requestAdapter").mockResolvedValue(without);
    try {
      await expect(Device.open({ precision: "mixed" })).rejects.toThrow(
        /^\[device\] precision mixed needs the feature shader-f16, which .+ lacks: use float32\.$/,
      );
    } finally {
      spy.mockRestore();
    }
  });

  it("lets the process end when it is closed, work under way or not", () => {
    const script = `
      import { Device } from ${JSON.stringify(new URL("./device.ts", import.meta.url).href)};
      const device = await Device.open();
      device.read(device.tensor([1 << 22])).catch(() => {});
      device.close();
      console.log("closed");`;
    const register = fileURLToPath(new URL("../../../../scripts/register.mjs", import.meta.url));
    const { status, stdout } = spawnSync(
      process.execPath,
      ["--import", register, "--input-type=module", "--eval", script],
      { encoding: "utf8", timeout: 60_000 },
    );
    expect([status, stdout]).toEqual([0, "closed\n"]);
  });
});
