import { Device } from "@convscope/kernels";
import { Output } from "../output.ts";
import { versions } from "../report/versions.ts";

/** The limits that decide what fits, and their units. */
const SHOWN_LIMITS = {
  maxBufferSize: "bytes",
  maxStorageBufferBindingSize: "bytes",
  maxComputeWorkgroupsPerDimension: "workgroups",
  maxComputeInvocationsPerWorkgroup: "invocations",
  maxComputeWorkgroupStorageSize: "bytes",
} as const;

/** What the device is, what it allows, and that it computes correctly: opening it runs the self-test. */
export async function doctor({ json = false }: { json?: boolean }): Promise<void> {
  const output = new Output(json);
  const before = performance.now();
  using device = await Device.open();
  const milliseconds = Math.round(performance.now() - before);
  const { adapter, limits, features } = device;
  const names = Object.keys(SHOWN_LIMITS) as (keyof typeof SHOWN_LIMITS)[];
  output.result({
    adapter,
    limits: Object.fromEntries(names.map((name) => [name, limits[name]])),
    features: [...features].sort(),
    selfTest: "passed",
    milliseconds,
    versions: versions(),
  });
  if (json) return;

  const row = (name: string, value: unknown) => output.say(`${name.padEnd(34)}${value}`);
  row("adapter", adapter.name);
  row("vendor, architecture", `${adapter.vendor}, ${adapter.architecture}`);
  row("driver", adapter.driver);
  row("software", adapter.isSoftware ? "yes: a processor plays the GPU" : "no");
  row("subgroup", adapter.subgroupSize ? `${adapter.subgroupSize} lanes` : "not said");
  for (const name of names) row(name, `${limits[name].toLocaleString("en")} ${SHOWN_LIMITS[name]}`);
  row("timing", features.has("timestamp-query") ? "timestamp queries" : "wall clock");
  row("shader-f16", features.has("shader-f16") ? "yes" : "no");
  for (const [name, version] of Object.entries(versions())) row(name, version);
  row("self-test", `passed; device open and proven in ${milliseconds} ms`);
}
