import { openTestDevice } from "@convscope/kernels/testing";
import { Conv2D, Dense, Flatten, RMSprop, Sequential, VGG16 } from "@convscope/layers";
import { describe, expect, it } from "vitest";
import { buildSmallCnn, compileSmallCnn } from "../experiments/small-cnn.ts";
import { roomOn } from "./memory.ts";
import { checkPlan, type Plan, planLines, planTraining } from "./plan-training.ts";

const MiB = 2 ** 20;

const messageOf = (plan: Plan): string => {
  try {
    checkPlan(plan);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("planTraining", () => {
  const device = openTestDevice();

  /** The lecture's second experiment: VGG16's base with a head, everything trained. */
  async function vgg16(): Promise<Sequential> {
    const base = await VGG16({ weights: null, includeTop: false, inputShape: [150, 150, 3] });
    const head = [
      new Flatten(),
      new Dense({ units: 256, activation: "relu" }),
      new Dense({ units: 1, activation: "sigmoid" }),
    ];
    const model = new Sequential([base, ...head], { device: device() });
    model.compile({
      optimizer: new RMSprop({ learningRate: 2e-5 }),
      loss: "binaryCrossentropy",
      metrics: ["acc"],
    });
    return model;
  }

  it("refuses a tensor larger than a binding, and names the batch size that fits; nothing is made", async () => {
    using model = await vgg16();
    const { bytes, created } = device();
    const before = { bytes, ...created };
    const room = { name: "this device", most: 128 * MiB, bytes: undefined };
    const plan = await planTraining({ model, device: device(), batchSize: 64, room });
    // A picture's result of block1_conv1 has 150·150·64 floats: 5.76 MB.
    expect(plan.device.largest).toEqual({ what: "block1_conv1's output", bytes: 64 * 5_760_000 });
    expect(plan.largestBatch).toBe(Math.floor((128 * MiB) / 5_760_000));
    expect(messageOf(plan)).toMatch(
      /^\[run\] a batch of 64 needs \d+ GiB on the device, block1_conv1's output alone 352 MiB, of which this device binds 128 MiB at a time: give --batch-size 23 or less\.$/,
    );
    const least = await planTraining({ model, device: device(), batchSize: plan.largestBatch, room });
    expect(least).toMatchObject({ fits: true, largestBatch: plan.largestBatch });
    expect(messageOf(least)).toBe("");
    expect({ bytes: device().bytes, ...device().created }).toEqual(before);
  });

  it("refuses what is more than the memory, and finds the very last batch size that is not", async () => {
    using model = buildSmallCnn({ device: device() });
    compileSmallCnn(model);
    const room = { name: "this device", most: 4096 * MiB, bytes: 1024 * MiB };
    const plan = await planTraining({ model, device: device(), batchSize: 100, room });
    const at = async (batchSize: number) => planTraining({ model, device: device(), batchSize, room });
    const [last, next] = [await at(plan.largestBatch), await at(plan.largestBatch + 1)];
    expect([last.fits, next.fits]).toEqual([true, false]);
    expect([last.largestBatch, next.largestBatch]).toEqual([plan.largestBatch, plan.largestBatch]);
    expect(messageOf(plan)).toMatch(
      /^\[run\] a batch of 100 needs \d\.\d GiB, and 1\.0 GiB are free: this device works in this machine's memory: give --batch-size \d+ or less\.$/,
    );
    const { device: needed, host } = plan;
    expect(needed.total).toBe(Object.values(needed.bytes).reduce((sum, each) => sum + each));
    expect(needed.total + host).toBeGreaterThan(room.bytes);
  });

  it("says so where no batch is small enough", async () => {
    using model = new Sequential([new Conv2D({ filters: 8192, kernelSize: 1, inputShape: [1, 1, 8192] })], {
      device: device(),
    });
    const room = { name: "this device", most: 128 * MiB, bytes: undefined };
    const plan = await planTraining({ model, device: device(), batchSize: 8, steps: ["predict"], room });
    expect(plan.largestBatch).toBe(0);
    expect(messageOf(plan)).toMatch(
      /\/kernel:0 alone 256 MiB, .*: no batch is small enough, take smaller pictures or a smaller model\.$/,
    );
  });

  it("says in lines of 80 columns what is needed, what there is, and what is not known", async () => {
    using model = buildSmallCnn({ device: device() });
    compileSmallCnn(model);
    const room = { name: "this device", most: 128 * MiB, bytes: undefined };
    const onGpu = planLines(await planTraining({ model, device: device(), batchSize: 20, room }));
    const onSoftware = planLines(
      await planTraining({ model, device: device(), batchSize: 20, room: { ...room, bytes: 8192 * MiB } }),
    );
    for (const line of [...onGpu, ...onSoftware]) expect(line.length).toBeLessThanOrEqual(80);
    expect(onGpu.join(" ")).toMatch(
      /^Memory: 1\.0 GiB on the device for batches of 20 \(weights 14 MiB, optimizer 14 MiB, training \d+ MiB, .*\); WebGPU does not tell how much the device has\. Batches of up to 47 would fit\.$/,
    );
    expect(onSoftware.join(" ")).toMatch(/ beside it \d+ MiB for pictures and program; 8\.0 GiB are free\./);
  });

  it("knows the memory of a software device: the machine's", () => {
    const { bytes, most, name } = roomOn(device());
    const { adapter, limits } = device();
    expect([name, most]).toEqual([
      adapter.name,
      Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize),
    ]);
    if (adapter.isSoftware) expect(bytes).toBeGreaterThan(64 * MiB);
    else expect(bytes).toBeUndefined();
  });
});
