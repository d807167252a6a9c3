import type { Failures } from "./failures.ts";
import type { Kernel } from "./kernel.ts";
import { StepNumbers } from "./step-numbers.ts";
import type { Tensor } from "./tensor.ts";

/** How many GPU objects were made so far: after the first training step none of them grows any more. */
export interface Created {
  buffers: number;
  pipelines: number;
  bindGroups: number;
}

/** A kernel that is to run, and its constants. */
export interface Wanted {
  readonly kernel: Kernel;
  readonly constants: Readonly<Record<string, number>>;
}

interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly bindGroups: Map<string, GPUBindGroup>;
}

/**
 * The pipelines and bind groups made so far. A pipeline is found again by its kernel and the values of its constants,
 * a bind group by its pipeline and buffers. Their keys are put together at every launch, so they are short strings.
 */
export class Pipelines {
  readonly #gpu: GPUDevice;
  readonly #failures: Failures;
  readonly #created: Created;
  readonly #step: StepNumbers;
  readonly #byKernel = new Map<Kernel, Map<string, Pipeline>>();
  readonly #bufferIds = new WeakMap<GPUBuffer, number>();
  #nextId = 0;

  constructor(gpu: GPUDevice, failures: Failures, created: Created, step: StepNumbers) {
    this.#gpu = gpu;
    this.#failures = failures;
    this.#created = created;
    this.#step = step;
  }

  /** @throws where a constant is missing, or two names of a buffer that is written stand for the same memory */
  get(
    kernel: Kernel,
    buffers: Readonly<Record<string, Tensor>>,
    constants: Readonly<Record<string, number>>,
  ): readonly [GPUComputePipeline, GPUBindGroup] {
    const ofKernel = this.#pipelinesOf(kernel);
    const key = keyOf(kernel, constants);
    let found = ofKernel.get(key);
    if (!found) {
      found = this.#createPipeline(kernel, constants);
      ofKernel.set(key, found);
    }
    let ids = "";
    for (const { name } of kernel.bindings) ids += ` ${this.#idOf(kernel, name, buffers[name])}`;
    let bindGroup = found.bindGroups.get(ids);
    if (!bindGroup) {
      bindGroup = this.#createBindGroup(kernel, found.layout, buffers);
      found.bindGroups.set(ids, bindGroup);
    }
    return [found.pipeline, bindGroup];
  }

  /**
   * Makes those pipelines that are missing, side by side. One that cannot be made is left out: the first call that wants it
   * says why.
   * @param onMissing told how many there are, if any
   */
  async compile(wanted: readonly Wanted[], onMissing: (count: number) => void): Promise<void> {
    const missing = new Map<string, Wanted>();
    for (const { kernel, constants } of wanted) {
      const key = keyOf(kernel, constants);
      if (!this.#pipelinesOf(kernel).has(key)) missing.set(`${kernel.name}${key}`, { kernel, constants });
    }
    if (missing.size === 0) return;
    onMissing(missing.size);
    const made = [...missing.values()].map(async ({ kernel, constants }) => {
      try {
        const { layout, descriptor } = this.#unheard(() => this.#describe(kernel, constants));
        const pipeline = await this.#gpu.createComputePipelineAsync(descriptor);
        this.#created.pipelines++;
        this.#pipelinesOf(kernel).set(keyOf(kernel, constants), { pipeline, layout, bindGroups: new Map() });
      } catch {
        // See above.
      }
    });
    await Promise.all(made);
  }

  /** Does something of which WebGPU's complaints are let go. */
  #unheard<T>(action: () => T): T {
    this.#gpu.pushErrorScope("validation");
    try {
      return action();
    } finally {
      this.#gpu.popErrorScope().catch(() => {});
    }
  }

  #pipelinesOf(kernel: Kernel): Map<string, Pipeline> {
    let ofKernel = this.#byKernel.get(kernel);
    if (!ofKernel) {
      ofKernel = new Map();
      this.#byKernel.set(kernel, ofKernel);
    }
    return ofKernel;
  }

  #idOf(kernel: Kernel, name: string, tensor: Tensor | undefined): number {
    if (!tensor) throw new Error(`[device] ${kernel.name}: the buffer ${name} is missing.`);
    let id = this.#bufferIds.get(tensor.buffer);
    if (id === undefined) {
      id = this.#nextId++;
      this.#bufferIds.set(tensor.buffer, id);
    }
    return id;
  }

  #createPipeline(kernel: Kernel, constants: Readonly<Record<string, number>>): Pipeline {
    this.#created.pipelines++;
    return this.#failures.watch([kernel.name], () => {
      const { layout, descriptor } = this.#describe(kernel, constants);
      return { pipeline: this.#gpu.createComputePipeline(descriptor), layout, bindGroups: new Map() };
    });
  }

  /** @throws where a constant is missing */
  #describe(
    kernel: Kernel,
    constants: Readonly<Record<string, number>>,
  ): { layout: GPUBindGroupLayout; descriptor: GPUComputePipelineDescriptor } {
    const label = kernel.name;
    const missing = kernel.constants.filter((name) => constants[name] === undefined);
    if (missing.length > 0)
      throw new Error(`[device] ${label}: the constant ${missing.join(", ")} is missing.`);
    const entries: GPUBindGroupLayoutEntry[] = kernel.bindings.map(({ index, access }) => ({
      binding: index,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: access === "read" ? "read-only-storage" : "storage" },
    }));
    if (kernel.stepBinding !== undefined) {
      entries.push({
        binding: kernel.stepBinding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: "uniform", hasDynamicOffset: true },
      });
    }
    const module = this.#gpu.createShaderModule({ label, code: kernel.wgsl });
    const layout = this.#gpu.createBindGroupLayout({ label, entries });
    const descriptor = {
      label,
      layout: this.#gpu.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
      compute: { module, constants: { ...constants } },
    };
    return { layout, descriptor };
  }

  #createBindGroup(
    kernel: Kernel,
    layout: GPUBindGroupLayout,
    buffers: Readonly<Record<string, Tensor>>,
  ): GPUBindGroup {
    checkAliases(kernel, buffers);
    const entries: GPUBindGroupEntry[] = kernel.bindings.map(({ name, index }) => ({
      binding: index,
      resource: { buffer: buffers[name].buffer },
    }));
    if (kernel.stepBinding !== undefined) {
      const resource = { buffer: this.#step.buffer, size: StepNumbers.bytesOf(kernel) };
      entries.push({ binding: kernel.stepBinding, resource });
    }
    this.#created.bindGroups++;
    return this.#failures.watch([kernel.name], () =>
      this.#gpu.createBindGroup({ label: kernel.name, layout, entries }),
    );
  }
}

/** The values of a kernel's constants, as a short string: it is put together at every launch. */
function keyOf(kernel: Kernel, constants: Readonly<Record<string, number>>): string {
  let key = "";
  for (const name of kernel.constants) key += ` ${constants[name]}`;
  return key;
}

/** WebGPU forbids it too, but does not say of which kernel it speaks. */
function checkAliases(kernel: Kernel, buffers: Readonly<Record<string, Tensor>>): void {
  for (const written of kernel.bindings.filter(({ access }) => access === "read_write")) {
    const other = kernel.bindings.find(
      (binding) => binding !== written && buffers[binding.name].buffer === buffers[written.name].buffer,
    );
    if (!other) continue;
    throw new Error(
      `[device] ${kernel.name}: ${written.name} is written, and ${other.name} is the same memory: give it a tensor of its own.`,
    );
  }
}
