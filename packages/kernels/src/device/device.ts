import { noAdapterAdvice, openGpu } from "#gpu";
import { type AdapterInfo, describeAdapter } from "./adapter-info.ts";
import { pollHot } from "./gentle-polling.ts";
import { defineKernel, type Kernel, specialize } from "./kernel.ts";
import { BufferPool, type Scope, StepMemory } from "./memory.ts";
import { type Profile, summarize } from "./profile.ts";
import selfTestWgsl from "./self-test.wgsl";
import { bytesOf, type DataType, formatShape, type NdArray, sizeOf, type Tensor } from "./tensor.ts";

/** Which of an op's kernels run: the plain ones that read like their equations, or the fastest known here. */
export type KernelChoice = "naive" | "auto";

export interface DeviceOptions {
  /** Default `auto`. */
  readonly kernels?: KernelChoice;
  readonly powerPreference?: GPUPowerPreference;
}

/** How a kernel is started. */
export interface Launch<S extends string = string> {
  /** Workgroups in x, y, z. */
  readonly grid: readonly [number, number, number];
  /** The values of the file's `struct Step`, where it has one. */
  readonly step?: Readonly<Record<S, number>>;
  /** Values for `const` lines of the file: sizes of register arrays (see `specialize`). */
  readonly tile?: Readonly<Record<string, number>>;
}

/** How many GPU objects were made so far: after the first training step none of them grows any more. */
export interface Created {
  buffers: number;
  pipelines: number;
  bindGroups: number;
}

interface Pipeline {
  readonly id: number;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

const STEP_RING_BYTES = 256 * 1024;

const selfTest = defineKernel({ name: "self-test", wgsl: selfTestWgsl, buffers: ["x", "y"] });

/**
 * The device: it makes tensors, runs kernels, and tells what it is. Work is recorded by `run` and `copy`, handed over
 * by `submit`, and waited for by `read` or `idle`.
 */
export class Device {
  readonly adapter: AdapterInfo;
  readonly limits: GPUSupportedLimits;
  readonly features: ReadonlySet<string>;
  readonly kernels: KernelChoice;
  readonly pool: BufferPool;
  readonly created: Created = { buffers: 0, pipelines: 0, bindGroups: 0 };

  readonly #gpu: GPUDevice;
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #bindGroups = new Map<string, GPUBindGroup>();
  readonly #ids = new WeakMap<object, number>();
  #nextId = 0;

  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  readonly #stepRing: GPUBuffer;
  readonly #stepData = new ArrayBuffer(STEP_RING_BYTES);
  #stepBytes = 0;

  readonly #staging = new Map<number, GPUBuffer[]>();
  #lastKernel = "none yet";
  #failure: Error | undefined;
  #closed = false;
  #profiling: Profiling | undefined;

  /**
   * Opens the device and proves it: a small kernel is run and its answer checked.
   * @throws where there is no adapter, or where it computes wrongly
   */
  static async open(options: DeviceOptions = {}): Promise<Device> {
    const adapter = await openGpu().requestAdapter({
      powerPreference: options.powerPreference ?? "high-performance",
    });
    if (!adapter) throw new Error(`[device] WebGPU finds no adapter. ${noAdapterAdvice}`);
    const wanted = ["timestamp-query", "subgroups", "shader-f16"] as const;
    const requiredLimits: Record<string, number> = {};
    // `for in`, because limits are getters of the prototype.
    for (const name in adapter.limits) {
      const value = adapter.limits[name as keyof GPUSupportedLimits];
      if (typeof value === "number") requiredLimits[name] = value;
    }
    const gpu = await adapter.requestDevice({
      requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)),
      requiredLimits,
    });
    const device = new Device(gpu, describeAdapter(adapter.info), options.kernels ?? "auto");
    try {
      await device.#prove();
    } catch (error) {
      device.close();
      throw error;
    }
    return device;
  }

  private constructor(gpu: GPUDevice, adapter: AdapterInfo, kernels: KernelChoice) {
    this.#gpu = gpu;
    this.adapter = adapter;
    this.kernels = kernels;
    this.limits = gpu.limits;
    this.features = new Set(gpu.features);
    this.pool = new BufferPool((bytes) => this.#createBuffer(bytes));
    this.#stepRing = gpu.createBuffer({
      label: "step numbers",
      size: STEP_RING_BYTES,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    gpu.addEventListener("uncapturederror", (event) => {
      event.preventDefault?.();
      this.#fail(
        `[device] ${(event as GPUUncapturedErrorEvent).error.message} (last kernel: ${this.#lastKernel})`,
      );
    });
    gpu.lost.then((info) => {
      if (!this.#closed)
        this.#fail(`[device] the device was lost (last kernel: ${this.#lastKernel}): ${info.message}`);
    });
  }

  /** Runs the self-test. @throws where the answer is wrong */
  async #prove(): Promise<void> {
    using scope = this.scope();
    const x = scope.tensor([64]);
    const y = scope.tensor([64]);
    this.write(
      x,
      Float32Array.from({ length: 64 }, (_, i) => i),
    );
    this.run(selfTest, { x, y }, {}, { grid: [1, 1, 1] });
    const { data } = await this.read(y);
    const wrong = data.findIndex((value, i) => value !== 2 * i + 1);
    if (wrong >= 0) {
      throw new Error(
        `[device] ${this.adapter.name} computes wrongly: the self-test wanted ${2 * wrong + 1} and got ${data[wrong]}. ` +
          "Update the graphics driver, or use another adapter.",
      );
    }
  }

  /** Records a kernel: named buffers, named pipeline constants, and how it is started. */
  run<B extends string, C extends string, S extends string>(
    kernel: Kernel<B, C, S>,
    buffers: Readonly<Record<NoInfer<B>, Tensor>>,
    constants: Readonly<Record<NoInfer<C>, number>>,
    launch: Launch<NoInfer<S>>,
  ): void {
    this.#check();
    this.#lastKernel = kernel.name;
    const [x, y, z] = launch.grid;
    if (x === 0 || y === 0 || z === 0) return;
    this.#checkGrid(kernel.name, launch.grid);
    const pipeline = this.#pipelineOf(kernel, constants, launch.tile);
    const bindGroup = this.#bindGroupOf(kernel, pipeline, buffers);
    const offsets = this.#writeStep(kernel, launch.step);
    const pass = this.#profiling ? this.#profiling.begin(this.#encoderNow(), kernel.name) : this.#passNow();
    pass.setPipeline(pipeline.pipeline);
    pass.setBindGroup(0, bindGroup, offsets);
    pass.dispatchWorkgroups(x, y, z);
    if (this.#profiling) {
      pass.end();
      if (this.#profiling.isFull) this.submit();
      this.#profiling.afterKernel(() => this.submit(), this.#gpu.queue);
    }
  }

  /** Records a copy of `source`'s values to `target`. */
  copy(source: Tensor, target: Tensor): void {
    this.#check();
    const bytes = bytesOf(source.shape);
    if (bytes > target.buffer.size) {
      throw new Error(
        `[device] copy: ${formatShape(source.shape)} does not fit into ${formatShape(target.shape)}.`,
      );
    }
    if (bytes > 0) this.#encoderNow().copyBufferToBuffer(source.buffer, 0, target.buffer, 0, bytes);
  }

  /** Hands all recorded work over to the device. */
  submit(): void {
    this.#pass?.end();
    this.#pass = undefined;
    if (!this.#encoder) return;
    if (this.#stepBytes > 0)
      this.#gpu.queue.writeBuffer(this.#stepRing, 0, this.#stepData, 0, this.#stepBytes);
    this.#profiling?.resolve(this.#encoder);
    this.#gpu.queue.submit([this.#encoder.finish()]);
    this.#encoder = undefined;
    this.#stepBytes = 0;
    pollHot();
  }

  /** A tensor that lives until the device is closed: parameters, data sets. */
  tensor(shape: readonly number[], data?: Float32Array | Int32Array | Uint32Array, dtype?: DataType): Tensor {
    const type =
      dtype ?? (data instanceof Int32Array ? "int32" : data instanceof Uint32Array ? "uint32" : "float32");
    const tensor = { shape, dtype: type, buffer: this.pool.acquire(Math.max(4, bytesOf(shape))) };
    this.write(tensor, data ?? new Float32Array(sizeOf(shape)));
    return tensor;
  }

  /** Memory for results that are needed for a while: `using scope = device.scope()`. */
  scope(): StepMemory {
    return new StepMemory(this);
  }

  /** Writes values into a tensor, after all work recorded so far. @throws where the sizes differ */
  write(tensor: Tensor, data: Float32Array | Int32Array | Uint32Array): void {
    this.#check();
    if (data.length !== sizeOf(tensor.shape)) {
      throw new Error(
        `[device] write: a tensor ${formatShape(tensor.shape)} takes ${sizeOf(tensor.shape)} values, got ${data.length}.`,
      );
    }
    this.submit();
    this.#gpu.queue.writeBuffer(tensor.buffer, 0, data.buffer, data.byteOffset, data.byteLength);
  }

  /** Fills a tensor with zeros. */
  clear(tensor: Tensor): void {
    this.#check();
    this.#encoderNow().clearBuffer(tensor.buffer, 0, Math.max(4, bytesOf(tensor.shape)));
  }

  /** The float values of a tensor, as they are after all work recorded so far. */
  async read(tensor: Tensor): Promise<NdArray> {
    return { shape: tensor.shape, data: new Float32Array(await this.#readBytes(tensor)) };
  }

  /** The whole numbers of a tensor of dtype `uint32`. */
  async readUint32(tensor: Tensor): Promise<NdArray<Uint32Array>> {
    return { shape: tensor.shape, data: new Uint32Array(await this.#readBytes(tensor)) };
  }

  async #readBytes(tensor: Tensor): Promise<ArrayBuffer> {
    this.#check();
    const bytes = bytesOf(tensor.shape);
    if (bytes === 0) return new ArrayBuffer(0);
    const staging = this.#staging.get(bytes)?.pop() ?? this.#createStaging(bytes);
    this.#encoderNow().copyBufferToBuffer(tensor.buffer, 0, staging, 0, bytes);
    this.submit();
    try {
      await staging.mapAsync(GPUMapMode.READ, 0, bytes);
    } catch (error) {
      throw this.#failure ?? error;
    }
    this.#check();
    const copy = staging.getMappedRange(0, bytes).slice(0);
    staging.unmap();
    const free = this.#staging.get(bytes);
    if (free) free.push(staging);
    else this.#staging.set(bytes, [staging]);
    return copy;
  }

  /** Waits until all work recorded so far is done. */
  async idle(): Promise<void> {
    this.submit();
    await this.#gpu.queue.onSubmittedWorkDone();
    this.#check();
  }

  /** Times every kernel from here on, until `stopProfiling`. Kernels no longer share a pass: a little slower. */
  startProfiling(method?: Profile["method"]): void {
    this.submit();
    const best = this.features.has("timestamp-query") ? "timestamp-query" : "wall-clock";
    this.#profiling = (method ?? best) === "wall-clock" ? new WallClock() : new Timestamps(this.#gpu);
  }

  /** Where the time went since `startProfiling`. */
  async stopProfiling(): Promise<Profile> {
    const profiling = this.#profiling;
    if (!profiling) throw new Error("[device] stopProfiling: profiling was not started.");
    this.submit();
    this.#profiling = undefined;
    const profile = await profiling.finish();
    this.#check();
    return profile;
  }

  /** Ends the device: the process can end at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.pool.destroy();
    this.#gpu.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Throws what went wrong on the device since the last look, and refuses to go on after `close`. */
  #check(): void {
    if (this.#failure) throw this.#failure;
    if (this.#closed) throw new Error("[device] the device was closed: open another one.");
  }

  #fail(message: string): void {
    // The first error is the cause; those after it are its echoes.
    this.#failure ??= new Error(message);
  }

  #checkGrid(kernel: string, grid: readonly number[]): void {
    const most = this.limits.maxComputeWorkgroupsPerDimension;
    if (grid.some((count) => count > most)) {
      throw new Error(
        `[device] ${kernel}: a grid of ${grid.join("×")} workgroups; at most ${most} fit per dimension.`,
      );
    }
  }

  #createBuffer(bytes: number): GPUBuffer {
    const most = Math.min(this.limits.maxBufferSize, this.limits.maxStorageBufferBindingSize);
    if (bytes > most) {
      throw new Error(
        `[device] a tensor of ${bytes} bytes was asked for, and ${this.adapter.name} binds ${most} at most: use a smaller batch.`,
      );
    }
    this.created.buffers++;
    return this.#gpu.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
  }

  #createStaging(bytes: number): GPUBuffer {
    this.created.buffers++;
    return this.#gpu.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  }

  #encoderNow(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = undefined;
    this.#encoder ??= this.#gpu.createCommandEncoder();
    return this.#encoder;
  }

  #passNow(): GPUComputePassEncoder {
    this.#encoder ??= this.#gpu.createCommandEncoder();
    this.#pass ??= this.#encoder.beginComputePass();
    return this.#pass;
  }

  #idOf(object: object): number {
    let id = this.#ids.get(object);
    if (id === undefined) {
      id = this.#nextId++;
      this.#ids.set(object, id);
    }
    return id;
  }

  #pipelineOf(
    kernel: Kernel,
    constants: Readonly<Record<string, number>>,
    tile: Readonly<Record<string, number>> | undefined,
  ): Pipeline {
    const key = `${this.#idOf(kernel)} ${JSON.stringify(constants)} ${tile ? JSON.stringify(tile) : ""}`;
    const known = this.#pipelines.get(key);
    if (known) return known;
    const entries: GPUBindGroupLayoutEntry[] = kernel.bindings.map((binding) => ({
      binding: binding.index,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: binding.access === "read" ? "read-only-storage" : "storage" },
    }));
    if (kernel.stepBinding !== undefined) {
      entries.push({
        binding: kernel.stepBinding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: "uniform", hasDynamicOffset: true },
      });
    }
    const layout = this.#gpu.createBindGroupLayout({ label: kernel.name, entries });
    const code = tile ? specialize(kernel.wgsl, tile) : kernel.wgsl;
    const pipeline = this.#gpu.createComputePipeline({
      label: kernel.name,
      layout: this.#gpu.createPipelineLayout({ label: kernel.name, bindGroupLayouts: [layout] }),
      compute: {
        module: this.#gpu.createShaderModule({ label: kernel.name, code }),
        constants: { ...constants },
      },
    });
    const made = { id: this.#nextId++, pipeline, layout };
    this.created.pipelines++;
    this.#pipelines.set(key, made);
    return made;
  }

  #bindGroupOf(kernel: Kernel, pipeline: Pipeline, buffers: Readonly<Record<string, Tensor>>): GPUBindGroup {
    let key = `${pipeline.id}`;
    for (const { name } of kernel.bindings) key += ` ${this.#idOf(buffers[name].buffer)}`;
    const known = this.#bindGroups.get(key);
    if (known) return known;
    const entries: GPUBindGroupEntry[] = kernel.bindings.map(({ name, index }) => ({
      binding: index,
      resource: { buffer: buffers[name].buffer },
    }));
    if (kernel.stepBinding !== undefined) {
      const size = roundUp(kernel.stepFields.length * 4, 16);
      entries.push({ binding: kernel.stepBinding, resource: { buffer: this.#stepRing, size } });
    }
    const bindGroup = this.#gpu.createBindGroup({ label: kernel.name, layout: pipeline.layout, entries });
    this.created.bindGroups++;
    this.#bindGroups.set(key, bindGroup);
    return bindGroup;
  }

  /** Puts a call's step numbers where the kernel finds them, and returns the dynamic offset. */
  #writeStep(kernel: Kernel, step: Readonly<Record<string, number>> | undefined): number[] {
    if (kernel.stepBinding === undefined) return [];
    const slot = roundUp(
      kernel.stepFields.length * 4,
      Math.max(16, this.limits.minUniformBufferOffsetAlignment),
    );
    if (this.#stepBytes + slot > STEP_RING_BYTES) this.submit();
    const offset = this.#stepBytes;
    const view = new DataView(this.#stepData, offset, slot);
    kernel.stepFields.forEach(({ name, type }, i) => {
      const value = step?.[name] ?? Number.NaN;
      if (type === "f32") view.setFloat32(4 * i, value, true);
      else if (type === "i32") view.setInt32(4 * i, value, true);
      else view.setUint32(4 * i, value, true);
    });
    this.#stepBytes += slot;
    return [offset];
  }
}

const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

/** One way of timing kernels. */
interface Profiling {
  begin(encoder: GPUCommandEncoder, kernel: string): GPUComputePassEncoder;
  /** True where the recorded work must be handed over before another kernel can be timed. */
  readonly isFull: boolean;
  afterKernel(submit: () => void, queue: GPUQueue): void;
  resolve(encoder: GPUCommandEncoder): void;
  finish(): Promise<Profile>;
}

/** The device's own clock at the begin and end of each kernel. */
class Timestamps implements Profiling {
  static readonly #MOST = 2048;
  readonly #gpu: GPUDevice;
  #querySet: GPUQuerySet;
  #kernels: string[] = [];
  readonly #batches: { kernels: string[]; buffer: GPUBuffer }[] = [];

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
    this.#querySet = gpu.createQuerySet({ type: "timestamp", count: 2 * Timestamps.#MOST });
  }

  get isFull(): boolean {
    return this.#kernels.length === Timestamps.#MOST;
  }

  begin(encoder: GPUCommandEncoder, kernel: string): GPUComputePassEncoder {
    const index = 2 * this.#kernels.length;
    this.#kernels.push(kernel);
    return encoder.beginComputePass({
      timestampWrites: {
        querySet: this.#querySet,
        beginningOfPassWriteIndex: index,
        endOfPassWriteIndex: index + 1,
      },
    });
  }

  afterKernel(): void {}

  resolve(encoder: GPUCommandEncoder): void {
    const kernels = this.#kernels;
    if (kernels.length === 0) return;
    this.#kernels = [];
    const bytes = 16 * kernels.length;
    const resolved = this.#gpu.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    const buffer = this.#gpu.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    encoder.resolveQuerySet(this.#querySet, 0, 2 * kernels.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, buffer, 0, bytes);
    this.#batches.push({ kernels, buffer });
  }

  async finish(): Promise<Profile> {
    const timings: { kernel: string; milliseconds: number }[] = [];
    for (const { kernels, buffer } of this.#batches) {
      await buffer.mapAsync(GPUMapMode.READ);
      const ticks = new BigUint64Array(buffer.getMappedRange().slice(0));
      buffer.destroy();
      kernels.forEach((kernel, i) => {
        timings.push({ kernel, milliseconds: Number(ticks[2 * i + 1] - ticks[2 * i]) / 1e6 });
      });
    }
    this.#querySet.destroy();
    return summarize("timestamp-query", timings);
  }
}

/** Where there are no timestamps: every kernel is handed over alone, and its time ends when the queue says so. */
class WallClock implements Profiling {
  #kernel = "";
  #last = Promise.resolve(performance.now());
  readonly #timings: { kernel: string; milliseconds: number }[] = [];
  readonly isFull = false;

  begin(encoder: GPUCommandEncoder, kernel: string): GPUComputePassEncoder {
    this.#kernel = kernel;
    return encoder.beginComputePass();
  }

  afterKernel(submit: () => void, queue: GPUQueue): void {
    const kernel = this.#kernel;
    const handedOver = performance.now();
    submit();
    const before = this.#last;
    this.#last = queue.onSubmittedWorkDone().then(async () => {
      const now = performance.now();
      this.#timings.push({ kernel, milliseconds: now - Math.max(handedOver, await before) });
      return now;
    });
  }

  resolve(): void {}

  async finish(): Promise<Profile> {
    await this.#last;
    return summarize("wall-clock", this.#timings);
  }
}

export type { Scope };
