import { type AdapterInfo, formatShape, type Profile } from "@convscope/kernels";

/** What chrome://tracing and https://ui.perfetto.dev open: the JSON object form of the Trace Event Format. */
export interface ChromeTrace {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: "ms";
  readonly otherData: Readonly<Record<string, string>>;
}

/** A slice (`X`), or a name of a track (`M`). Times are in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: "X" | "M";
  readonly pid: number;
  readonly tid: number;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, string | number>>;
}

const PID = 1;
const STEPS = 1;
const KERNELS = 2;

/** Profiled steps on the device's clock: a track of steps, each from its first kernel to its last, and one of kernels. */
export function chromeTrace(profiles: readonly Profile[], adapter: AdapterInfo): ChromeTrace {
  const origin = Math.min(...profiles.flatMap(({ calls }) => calls.map(({ begin }) => begin)));
  const microseconds = (milliseconds: number) => Math.round(milliseconds * 1e6) / 1e3;
  const slice = (tid: number, cat: string, name: string, begin: number, milliseconds: number) => ({
    name,
    ph: "X" as const,
    pid: PID,
    tid,
    cat,
    ts: microseconds(begin - origin),
    dur: microseconds(milliseconds),
  });
  const named = (name: string, tid: number, value: string): TraceEvent => ({
    name,
    ph: "M",
    pid: PID,
    tid,
    args: { name: value },
  });
  const traceEvents: TraceEvent[] = [
    named("process_name", STEPS, `convscope, ${adapter.name}`),
    named("thread_name", STEPS, "training steps"),
    named("thread_name", KERNELS, "kernels"),
  ];
  profiles.forEach(({ calls }, i) => {
    if (calls.length === 0) return;
    const begin = Math.min(...calls.map((call) => call.begin));
    const end = Math.max(...calls.map((call) => call.begin + call.milliseconds));
    traceEvents.push({
      ...slice(STEPS, "step", `step ${i + 1}`, begin, end - begin),
      args: { kernels: calls.length },
    });
    for (const { kernel, shape, flop, bytes, begin, milliseconds } of calls) {
      traceEvents.push({
        ...slice(KERNELS, "kernel", kernel, begin, milliseconds),
        args: { writes: formatShape(shape), flop, bytes },
      });
    }
  });
  const otherData = {
    adapter: adapter.name,
    software: adapter.isSoftware ? "yes" : "no",
    timing: profiles[0].method,
  };
  return { traceEvents, displayTimeUnit: "ms", otherData };
}
