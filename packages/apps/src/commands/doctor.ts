import { Device } from "@convscope/kernels";
import { versions } from "../report/versions.ts";

const SHOWN_LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupsPerDimension",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupStorageSize",
] as const;

/** What the device is, what it allows, and that it computes correctly: opening it runs the self-test. */
export async function doctor({ json = false }: { json?: boolean }): Promise<void> {
  const before = performance.now();
  using device = await Device.open();
  const milliseconds = performance.now() - before;
  const limits = Object.fromEntries(SHOWN_LIMITS.map((name) => [name, device.limits[name]]));
  const features = [...device.features].sort();
  if (json) {
    const report = {
      adapter: device.adapter,
      limits,
      features,
      selfTest: "passed",
      milliseconds,
      versions: versions(),
    };
    console.log(JSON.stringify(report, null, 2));
    return;
  }
  const { adapter } = device;
  const row = (name: string, value: unknown) => console.log(`${name.padEnd(36)} ${value}`);
  row("adapter", adapter.name);
  row("vendor, architecture", `${adapter.vendor}, ${adapter.architecture}`);
  row("driver", adapter.driver);
  row("software", adapter.isSoftware ? "yes: a processor plays the GPU" : "no");
  row("subgroup lanes", adapter.subgroupSize || "not said");
  for (const [name, value] of Object.entries(limits)) row(name, value);
  row("timing", device.features.has("timestamp-query") ? "timestamp queries" : "wall clock");
  row("shader-f16", device.features.has("shader-f16") ? "yes" : "no");
  for (const [name, version] of Object.entries(versions())) row(name, version);
  row("self-test", `passed (device open and proven in ${Math.round(milliseconds)} ms)`);
}
