import { noAdapterAdvice, openGpu } from "#gpu";
import {
  type KernelChoice,
  kernelChoices,
  mixedVariantNames,
  type Precision,
  precisions,
} from "../variants/kernel-choice.ts";
import type { AnyPass } from "../variants/pass.ts";
import { loadTuning, type Tuning } from "../variants/tuning.ts";
import { type AdapterInfo, describeAdapter } from "./adapter-info.ts";
import { Failures } from "./failures.ts";
import { pollHot } from "./gentle-polling.ts";
import type { Kernel } from "./kernel.ts";
import { BufferPool, bufferBytes, bufferSize, StepMemory, sizeClass } from "./memory.ts";
import { type Created, Pipelines, type Wanted } from "./pipelines.ts";
import { type Profile, type Profiler, workOf } from "./profile.ts";
import { proveDevice } from "./self-test.ts";
import { StepNumbers } from "./step-numbers.ts";
import {
  bytesOf,
  type DataType,
  dtypeOf,
  formatShape,
  type NdArray,
  sizeOf,
  type Tensor,
  type TensorData,
} from "./tensor.ts";
import { TensorTooLarge } from "./tensor-too-large.ts";
import { Timestamps } from "./timestamps.ts";
import { WallClock } from "./wall-clock.ts";

export interface DeviceOptions {
  /** Default `auto`. */
  readonly kernels?: KernelChoice;
  /** Default `float32`. `mixed` wants the feature shader-f16. */
  readonly precision?: Precision;
  readonly powerPreference?: GPUPowerPreference;
  /** Less than the adapter allows, in bytes, for what a smaller device would do. Default: all that it allows. */
  readonly limits?: Partial<Record<SizeLimit, number>>;
}

/** The limits that decide how large a tensor may be. */
const SIZE_LIMITS = ["maxBufferSize", "maxStorageBufferBindingSize"] as const;
type SizeLimit = (typeof SIZE_LIMITS)[number];

/** Bytes that the small tensors of any work need. */
const LEAST_LIMIT = 256;

type Limits = Readonly<Record<Exclude<keyof GPUSupportedLimits, "__brand">, number>>;

/** How a kernel is started. */
export interface Launch<S extends string = string> {
  /** Workgroups in x, y, z. */
  readonly grid: readonly [number, number, number];
  /** The values of the file's `struct Step`, where it has one. */
  readonly step?: Readonly<Record<S, number>>;
  /** Floating-point operations, for the profile. */
  readonly flop?: number;
  /** Bytes read and written, for the profile. Default: each operand once; a call that works on parts of them says less. */
  readonly bytes?: number;
}

/** Features that are asked for where the adapter has them. */
const WANTED_FEATURES = ["timestamp-query", "subgroups", "shader-f16"] as const;
/** And for mixed precision, an experiment of Dawn's, which the types do not know. */
const MATRICES = "chromium-experimental-subgroup-matrix" as GPUFeatureName;

/**
 * Small results, such as the losses of several steps under way, are read while others still are: so many buffers of a
 * size are made at once, in the first step, and none later.
 */
const SMALL_READ_BYTES = 256;
const SMALL_READS_AT_ONCE = 16;
/** Memory for reading more than that, as large weights are, is given back at once: it would be held for rare use. */
const KEPT_READ_BYTES = 2 ** 25;

/** The bytes of a buffer through which a result is read. */
export const readingBytes = (shape: readonly number[]): number => sizeClass(bytesOf(shape));

/** How many buffers of so many bytes there will be where so many are read at the same time. */
export function readingsAtOnce(bytes: number, atOnce: number): number {
  const together = bytes <= SMALL_READ_BYTES ? SMALL_READS_AT_ONCE : 1;
  return Math.ceil(atOnce / together) * together;
}

/**
 * The device: it makes tensors, runs kernels, and tells what it is. Work is recorded by `run` and `copy`, handed over
 * by `submit`, and waited for by `read` or `idle`.
 */
export class Device {
  readonly adapter: AdapterInfo;
  readonly limits: Limits;
  readonly features: ReadonlySet<string>;
  readonly kernels: KernelChoice;
  /** What was measured on this device and kept, where `kernels` is `tuned` and there is such. */
  readonly tuning: Tuning | undefined;
  /** What a user should know of this device, in sentences: that it was not tuned yet, that a kept tuning was ignored. */
  readonly notes: readonly string[];
  /** What the kernels multiply: `mixed`, numbers rounded to float16 where a variant for it runs. */
  readonly precision: Precision;
  /** Called with each pass before it runs, and its geometry. */
  onPass: ((pass: AnyPass, geometry: unknown) => void) | undefined;
  /** Called with each kernel as it is recorded, and what it is started with. */
  onRun:
    | ((
        kernel: Kernel,
        buffers: Readonly<Record<string, Tensor>>,
        constants: Readonly<Record<string, number>>,
        launch: Launch,
      ) => void)
    | undefined;
  readonly pool: BufferPool;
  readonly created: Created = { buffers: 0, pipelines: 0, bindGroups: 0 };

  readonly #gpu: GPUDevice;
  readonly #failures: Failures;
  readonly #stepNumbers: StepNumbers;
  readonly #pipelines: Pipelines;
  readonly #staging = new Map<number, GPUBuffer[]>();

  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  /** The kernels recorded since the last hand-over, and those of the batch before. */
  #recorded = new Set<string>();
  #handedOver = new Set<string>();
  #profiler: Profiler | undefined;
  #bytes = 0;
  /** While nothing is to run: the kernels recorded so far. */
  #planned: Wanted[] | undefined;
  #isClosed = false;

  /**
   * Opens the device and proves it: a small kernel is run and its answer checked.
   * @throws where there is no adapter, it lacks what the precision wants, or it computes wrongly
   */
  static async open(options: DeviceOptions = {}): Promise<Device> {
    const { kernels = "auto", precision = "float32", ...others } = options;
    const { powerPreference = "high-performance", limits = {}, ...unknown } = others;
    for (const name of Object.keys(unknown)) {
      throw new Error(`[device] unknown option ${name}. Known: kernels, precision, powerPreference, limits.`);
    }
    if (!kernelChoices.includes(kernels)) {
      throw new Error(`[device] kernels must be one of ${kernelChoices.join(", ")}, got ${kernels}.`);
    }
    if (!precisions.includes(precision)) {
      throw new Error(`[device] precision must be one of ${precisions.join(", ")}, got ${precision}.`);
    }
    if (precision !== "mixed" && mixedVariantNames.some((name) => name === kernels)) {
      throw new Error(`[device] kernels ${kernels} want precision mixed, got ${precision}.`);
    }
    const adapter = await openGpu(precision === "mixed").requestAdapter({ powerPreference });
    if (!adapter) throw new Error(`[device] WebGPU finds no adapter. ${noAdapterAdvice}`);
    const info = describeAdapter(adapter.info);
    if (precision === "mixed" && !adapter.features.has("shader-f16")) {
      throw new Error(
        `[device] precision mixed needs the feature shader-f16, which ${info.name} lacks: use float32.`,
      );
    }
    const gpu = await adapter.requestDevice({
      requiredFeatures: [...WANTED_FEATURES, ...(precision === "mixed" ? [MATRICES] : [])].filter((feature) =>
        adapter.features.has(feature),
      ),
      requiredLimits: { ...limitsOf(adapter), ...checkedLimits(limits, adapter) },
    });
    const { tuning, notes } =
      kernels === "tuned" ? await loadTuning(info, precision) : { tuning: undefined, notes: [] };
    const device = new Device(gpu, info, {
      kernels,
      precision,
      tuning,
      notes,
      // WebGPU grants its defaults at least: less than those is held to here.
      limits: { ...limitsOf(gpu), ...limits },
    });
    try {
      await proveDevice(device);
    } catch (error) {
      device.close();
      throw error;
    }
    return device;
  }

  private constructor(
    gpu: GPUDevice,
    adapter: AdapterInfo,
    options: Pick<Device, "kernels" | "precision" | "tuning" | "notes" | "limits">,
  ) {
    this.#gpu = gpu;
    this.adapter = adapter;
    this.kernels = options.kernels;
    this.precision = options.precision;
    this.tuning = options.tuning;
    this.notes = options.notes;
    this.limits = options.limits;
    this.features = new Set(gpu.features);
    this.pool = new BufferPool((bytes) => this.#createBuffer(bytes));
    this.#failures = new Failures(gpu, () => [...this.#handedOver, ...this.#recorded]);
    this.#stepNumbers = new StepNumbers(gpu);
    this.#pipelines = new Pipelines(gpu, this.#failures, this.created, this.#stepNumbers);
  }

  /** Bytes of all tensors and readings so far: what is given back stays here, to be used again. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Records a kernel: named buffers, named pipeline constants, and how it is started. */
  run<B extends string, C extends string, S extends string>(
    kernel: Kernel<B, C, S>,
    buffers: Readonly<Record<NoInfer<B>, Tensor>>,
    constants: Readonly<Record<NoInfer<C>, number>>,
    launch: Launch<NoInfer<S>>,
  ): void {
    this.#check();
    const [x, y, z] = launch.grid;
    if (x === 0 || y === 0 || z === 0) return;
    this.#checkGrid(kernel.name, launch.grid);
    if (this.#planned) {
      this.#planned.push({ kernel, constants });
      return;
    }
    this.onRun?.(kernel, buffers, constants, launch);
    const [pipeline, bindGroup] = this.#pipelines.get(kernel, buffers, constants);
    if (!this.#stepNumbers.hasRoomFor(kernel)) this.submit();
    const offsets = kernel.stepBinding === undefined ? [] : [this.#stepNumbers.add(kernel, launch.step)];
    const profiler = this.#profiler;
    const pass = profiler
      ? profiler.begin(this.#encoderNow(), workOf(kernel, buffers, launch))
      : this.#passNow();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup, offsets);
    pass.dispatchWorkgroups(x, y, z);
    this.#recorded.add(kernel.name);
    if (!profiler) return;
    pass.end();
    if (profiler.isFull) this.submit();
  }

  /**
   * Compiles what some work will run, before it does: `record` is called, and the kernels that it records are compiled side
   * by side, and not run; copies and writes are left out, too.
   * @param onMissing told how many pipelines there are to make, if any
   */
  async compile(record: () => void, onMissing: (count: number) => void = () => {}): Promise<void> {
    await this.#pipelines.compile(this.#withoutRunning(record), onMissing);
    this.#check();
  }

  /**
   * Does some work without running it: kernels, copies and writes are left out. It tells what the work would take.
   * @param work given a buffer that may stand for any, as none is bound
   */
  plan(work: (standIn: GPUBuffer) => void): void {
    this.#withoutRunning(() => work(this.#stepNumbers.buffer));
  }

  /** @returns the kernels that were recorded */
  #withoutRunning(record: () => void): readonly Wanted[] {
    this.#check();
    const planned: Wanted[] = [];
    this.#planned = planned;
    try {
      record();
    } finally {
      this.#planned = undefined;
    }
    return planned;
  }

  /** Records a copy of `source`'s values to `target`. */
  copy(source: Tensor, target: Tensor): void {
    this.#check();
    const bytes = bytesOf(source.shape, source.dtype);
    if (bytes > bytesOf(target.shape, target.dtype) || source.dtype !== target.dtype) {
      throw new Error(
        `[device] copy: ${source.dtype} ${formatShape(source.shape)} does not fit into ` +
          `${target.dtype} ${formatShape(target.shape)}.`,
      );
    }
    if (bytes > 0 && !this.#planned)
      this.#encoderNow().copyBufferToBuffer(source.buffer, 0, target.buffer, 0, bytes);
  }

  /** Hands all recorded work over to the device. */
  submit(): void {
    this.#pass?.end();
    this.#pass = undefined;
    const encoder = this.#encoder;
    if (!encoder) return;
    this.#encoder = undefined;
    this.#handedOver = this.#recorded;
    this.#recorded = new Set();
    this.#stepNumbers.flush();
    this.#profiler?.endBatch(encoder);
    this.#failures.watch([...this.#handedOver], () => this.#gpu.queue.submit([encoder.finish()]));
    this.#profiler?.handedOver(this.#gpu.queue);
    pollHot();
  }

  /** A tensor that lives until the device is closed: parameters, data sets. All zeros where no data is given. */
  tensor(shape: readonly number[], data?: TensorData, dtype?: DataType): Tensor {
    this.#check();
    const type = dtype ?? (data ? dtypeOf(data) : "float32");
    const tensor: Tensor = { shape, dtype: type, buffer: this.acquire(shape, type) };
    if (data) this.write(tensor, data);
    else this.clear(tensor);
    return tensor;
  }

  /** The bytes of the largest tensor: what one buffer may have, and a kernel bind of it. */
  get largestTensor(): number {
    const most = Math.min(...SIZE_LIMITS.map((name) => this.limits[name]));
    return most - (most % 16);
  }

  /** A buffer of the pool for a tensor of that shape. @throws TensorTooLarge where it is more than the device binds */
  acquire(shape: readonly number[], dtype: DataType): GPUBuffer {
    const bytes = bufferBytes(shape, dtype);
    if (bytes > this.largestTensor) throw new TensorTooLarge("device", shape, bytes, this);
    return this.pool.acquire(bytes);
  }

  /** Memory for results that are needed for a while: `using scope = device.scope()`. */
  scope(): StepMemory {
    return new StepMemory(this);
  }

  /** Writes values into a tensor, after all work recorded so far. @throws where sizes or types differ */
  write(tensor: Tensor, data: TensorData): void {
    this.#check();
    if (dtypeOf(data) !== tensor.dtype) {
      throw new Error(`[device] write: a tensor of ${tensor.dtype} takes no values of ${dtypeOf(data)}.`);
    }
    if (data.length !== sizeOf(tensor.shape)) {
      throw new Error(
        `[device] write: a tensor ${formatShape(tensor.shape)} takes ${sizeOf(tensor.shape)} values, got ${data.length}.`,
      );
    }
    if (this.#planned) return;
    this.submit();
    // WebGPU writes whole words: the bytes of a last one that is not whole go up with zeros behind them.
    const words = data.byteLength - (data.byteLength % 4);
    this.#gpu.queue.writeBuffer(tensor.buffer, 0, data.buffer, data.byteOffset, words);
    if (words === data.byteLength) return;
    const last = new Uint8Array(4);
    last.set(new Uint8Array(data.buffer, data.byteOffset + words, data.byteLength - words));
    this.#gpu.queue.writeBuffer(tensor.buffer, words, last);
  }

  /** Fills a tensor with zeros. */
  clear(tensor: Tensor): void {
    this.#check();
    if (this.#planned) return;
    this.#encoderNow().clearBuffer(tensor.buffer, 0, Math.max(4, bytesOf(tensor.shape, tensor.dtype)));
  }

  /** The values of a tensor of dtype `float32`, as they are after all work recorded so far. */
  async read(tensor: Tensor): Promise<NdArray> {
    return { shape: tensor.shape, data: new Float32Array(await this.#readBytes(tensor, "float32")) };
  }

  /** The values of a tensor of dtype `uint32`, as they are after all work recorded so far. */
  async readUint32(tensor: Tensor): Promise<NdArray<Uint32Array>> {
    return { shape: tensor.shape, data: new Uint32Array(await this.#readBytes(tensor, "uint32")) };
  }

  async #readBytes(tensor: Tensor, dtype: DataType): Promise<ArrayBuffer> {
    this.#check();
    if (tensor.dtype !== dtype) {
      throw new Error(`[device] read: the tensor is of ${tensor.dtype}, must be of ${dtype}.`);
    }
    const bytes = bytesOf(tensor.shape, dtype);
    if (bytes === 0) return new ArrayBuffer(0);
    const size = sizeClass(bytes);
    const free = this.#staging.get(size) ?? [];
    this.#staging.set(size, free);
    if (free.length === 0) free.push(...this.#createStaging(size));
    const staging = free.pop() as GPUBuffer;
    this.#encoderNow().copyBufferToBuffer(tensor.buffer, 0, staging, 0, bytes);
    this.submit();
    try {
      await staging.mapAsync(GPUMapMode.READ, 0, bytes);
    } catch (error) {
      // What was wrong with the work itself is the cause; that its result cannot be read is the echo.
      await this.#settle();
      throw error;
    }
    const copy = staging.getMappedRange(0, bytes).slice(0);
    staging.unmap();
    if (size > KEPT_READ_BYTES) {
      staging.destroy();
      this.#bytes -= size;
    } else free.push(staging);
    await this.#settle();
    return copy;
  }

  /** Waits until all work recorded so far is done. */
  async idle(): Promise<void> {
    this.#check();
    this.submit();
    await this.#gpu.queue.onSubmittedWorkDone();
    await this.#settle();
  }

  /**
   * Times every kernel from here on, until `stopProfiling`. Kernels no longer share a pass: a little slower.
   * @param method default: the device's own clock where it has one
   */
  startProfiling(method?: Profile["method"]): void {
    this.#check();
    if (this.#profiler) throw new Error("[device] startProfiling: profiling was started already.");
    const hasClock = this.features.has("timestamp-query");
    if (method === "timestamp-query" && !hasClock) {
      throw new Error(
        `[device] startProfiling: ${this.adapter.name} has no timestamp queries: use wall-clock.`,
      );
    }
    this.submit();
    this.#profiler = hasClock && method !== "wall-clock" ? new Timestamps(this.#gpu) : new WallClock();
  }

  /** Where the time went since `startProfiling`. */
  async stopProfiling(): Promise<Profile> {
    const profiler = this.#profiler;
    if (!profiler) throw new Error("[device] stopProfiling: profiling was not started.");
    this.submit();
    this.#profiler = undefined;
    const profile = await profiler.finish();
    await this.#settle();
    return profile;
  }

  /** Whether the device is gone without having been closed: a driver was reset, a GPU was unplugged. Another one can be opened. */
  get isLost(): boolean {
    return this.#failures.isLost && !this.#isClosed;
  }

  /** Ends the device and all its memory: the process can end at once. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#gpu.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Throws what went wrong on the device since the last look, and refuses to go on after `close`. */
  #check(): void {
    if (this.#isClosed) throw new Error("[device] the device was closed: open another one.");
    this.#failures.check();
  }

  /** Waits for WebGPU's verdict on all that was done, and throws what went wrong. */
  async #settle(): Promise<void> {
    await this.#failures.settled();
    this.#check();
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
    const size = bufferSize(bytes, this.largestTensor);
    this.created.buffers++;
    this.#bytes += size;
    return this.#gpu.createBuffer({
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
  }

  #createStaging(bytes: number): GPUBuffer[] {
    const count = readingsAtOnce(bytes, 1);
    this.created.buffers += count;
    this.#bytes += count * bytes;
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const size = Math.min(bytes, this.limits.maxBufferSize - (this.limits.maxBufferSize % 4));
    return Array.from({ length: count }, () => this.#gpu.createBuffer({ size, usage }));
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
}

/** All limits as plain numbers; of an adapter to ask for, so that nothing is refused that it could do. */
function limitsOf({ limits }: GPUAdapter | GPUDevice): Limits {
  const values: Record<string, number> = {};
  // `for in`, because limits are getters of the prototype.
  for (const name in limits) {
    const value = limits[name as keyof GPUSupportedLimits];
    if (typeof value === "number") values[name] = value;
  }
  return values as Limits;
}

/** @throws for a limit of another name, or one that the adapter does not reach */
function checkedLimits(limits: NonNullable<DeviceOptions["limits"]>, adapter: GPUAdapter): typeof limits {
  for (const [name, bytes] of Object.entries(limits)) {
    const known = SIZE_LIMITS.find((limit) => limit === name);
    if (!known) throw new Error(`[device] unknown limit ${name}. Known: ${SIZE_LIMITS.join(", ")}.`);
    const most = adapter.limits[known];
    if (Number.isSafeInteger(bytes) && bytes >= LEAST_LIMIT && bytes <= most) continue;
    throw new Error(
      `[device] limits.${name} must be a whole number from ${LEAST_LIMIT} to ${most}, got ${bytes}.`,
    );
  }
  return limits;
}
