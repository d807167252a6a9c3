import { describe, expect, it } from "vitest";
import { Failures } from "./failures.ts";

/** The part of a GPUDevice that tells of failures, for those that cannot be had on demand. */
class FakeGpu extends EventTarget {
  lose!: (info: { message: string }) => void;
  readonly lost = new Promise<{ message: string }>((resolve) => {
    this.lose = resolve;
  });
  uncaptured(message: string): void {
    this.dispatchEvent(Object.assign(new Event("uncapturederror"), { error: { message } }));
  }
}

function fake(recent: readonly string[]) {
  const gpu = new FakeGpu();
  return { gpu, failures: new Failures(gpu as unknown as GPUDevice, () => recent) };
}

describe("failures", () => {
  it("tells of a lost device, and what may have run", async () => {
    const { gpu, failures } = fake(["conv2d.forward"]);
    failures.check();
    expect(failures.isLost).toBe(false);
    gpu.lose({ message: "a hang was detected.\n" });
    await gpu.lost;
    expect(failures.isLost).toBe(true);
    expect(() => failures.check()).toThrow(
      new Error("[device] conv2d.forward: the device was lost: a hang was detected."),
    );
  });

  it("tells of uncaptured errors, and picks the kernel that the message names", () => {
    const { gpu, failures } = fake(["relu.forward", "relu.backward", "relu.forward"]);
    gpu.uncaptured('out of memory in [ComputePipeline "relu.backward"]');
    expect(() => failures.check()).toThrow(
      new Error('[device] relu.backward: out of memory in [ComputePipeline "relu.backward"]'),
    );
  });

  it("names all that may be meant where the message names none, and keeps the first failure", () => {
    const { gpu, failures } = fake(["relu.forward", "tanh.forward"]);
    gpu.uncaptured("first");
    gpu.uncaptured("second");
    expect(() => failures.check()).toThrow(new Error("[device] one of relu.forward, tanh.forward: first"));
  });

  it("says so where nothing has run yet", () => {
    const { gpu, failures } = fake([]);
    gpu.uncaptured("out of memory");
    expect(() => failures.check()).toThrow(new Error("[device] no kernel yet: out of memory"));
  });
});
