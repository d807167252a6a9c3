/**
 * What went wrong on the device. WebGPU tells it late, and to nobody in particular: it is kept here, with the name of
 * the kernel, until the next call asks. The first failure stays: those after it are its echoes.
 */
export class Failures {
  readonly #gpu: GPUDevice;
  #first: Error | undefined;
  #isLost = false;
  readonly #verdicts = new Set<Promise<void>>();

  /** @param recent the kernels that may be running, for failures that come from nowhere in particular */
  constructor(gpu: GPUDevice, recent: () => readonly string[]) {
    this.#gpu = gpu;
    gpu.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#add(recent(), event.error.message);
    });
    gpu.lost.then(({ message }) => {
      this.#isLost = true;
      this.#add(recent(), `the device was lost: ${message}`);
    });
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Does something on behalf of kernels: what WebGPU finds wrong with it is said of them. */
  watch<T>(kernels: readonly string[], action: () => T): T {
    this.#gpu.pushErrorScope("validation");
    try {
      return action();
    } finally {
      const verdict: Promise<void> = this.#gpu.popErrorScope().then(
        (error) => {
          if (error) this.#add(kernels, error.message);
          this.#verdicts.delete(verdict);
        },
        // The device is gone, which `lost` tells.
        () => void this.#verdicts.delete(verdict),
      );
      this.#verdicts.add(verdict);
    }
  }

  /** Throws the first failure, if there was one. */
  check(): void {
    if (this.#first) throw this.#first;
  }

  /** Waits until WebGPU has judged everything that was done so far. */
  async settled(): Promise<void> {
    await Promise.all(this.#verdicts);
  }

  #add(kernels: readonly string[], message: string): void {
    this.#first ??= new Error(`[device] ${whichOf(kernels, message)}: ${message.trim()}`);
  }
}

/** The kernels whose labels the message names, else all that may be meant. */
function whichOf(kernels: readonly string[], message: string): string {
  const distinct = [...new Set(kernels)];
  const named = distinct.filter((kernel) => message.includes(`"${kernel}"`));
  const [first = "no kernel yet", ...others] = named.length > 0 ? named : distinct;
  return others.length === 0 ? first : `one of ${[first, ...others].join(", ")}`;
}
