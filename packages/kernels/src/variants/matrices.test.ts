import { beforeEach, describe, expect, it } from "vitest";
import { conv2dForwardReference } from "../conv2d/conv2d.reference.ts";
import { conv2dGeometry } from "../conv2d/geometry.ts";
import { matricesForward as conv2dMatrices } from "../conv2d/matrices.ts";
import { denseForwardReference } from "../dense/dense.reference.ts";
import { denseGeometry } from "../dense/geometry.ts";
import { matricesForward as denseMatrices } from "../dense/matrices.ts";
import { Device } from "../device/device.ts";
import type { Kernel } from "../device/kernel.ts";
import { expectClose, openTestDevice, randomArray, upload } from "../testing/index.ts";

/**
 * The file with its matrices played by arrays. A matrix of f16 is where it lies in workgroup memory, and its stride; of one
 * that is summed into, each of 8 lanes holds two rows. So all else of the kernel is tested where there are no matrices:
 * what is loaded from where, which subgroup does what, and what is written.
 */
function withoutMatrices(wgsl: string): string {
  if (!wgsl.includes("subgroupMatrix")) return wgsl;
  const [, left] = /Load<Left, row_major>\(&(\w+)/.exec(wgsl) ?? [];
  const [, right] = /Load<Right, row_major>\(&(\w+)/.exec(wgsl) ?? [];
  return wgsl
    .replace("enable chromium_experimental_subgroup_matrix;", "")
    .replace(/alias (Left|Right) = .*;/g, "alias $1 = vec2u;")
    .replace(/alias Sum = .*;/, "alias Sum = array<f32, 32>;")
    .replace(/subgroupMatrixLoad<\w+, row_major>\(&\w+, /g, "vec2u(")
    .replace(/subgroupMatrixMultiplyAccumulate\(/g, "sumOfProducts(")
    .replace(/subgroupMatrixStore<row_major>\(&results, /g, "store(")
    .replace(
      "@compute",
      `
      fn sumOfProducts(left: Left, right: Right, sum: Sum) -> Sum {
        var result = sum;
        for (var i = 0u; i < 2u * size; i++) {
          for (var k = 0u; k < size; k++) {
            let row = 2u * lane + i / 16u;
            result[i] += f32(${left}[left.x + row * left.y + k]) * f32(${right}[right.x + k * right.y + i % 16u]);
          }
        }
        return result;
      }
      fn store(place: u32, sum: Sum, stride: u32) {
        for (var i = 0u; i < 2u * size; i++) {
          results[place + (2u * lane + i / 16u) * stride + i % 16u] = sum[i];
        }
      }
      var<private> lane: u32;
      var<private> size: u32; // 16; unknown to the compiler, which would unroll the loops for seconds
      @compute`,
    )
    .replace("groups: vec3u,\n) {", "$& lane = thread % 8u; size = min(16u, 15u + groups.x);");
}

/** Has the device run the kernels without matrices. */
function playMatrices(device: Device): void {
  const played = new Map<string, Kernel>();
  const run = Device.prototype.run.bind(device);
  device.run = (kernel, buffers, constants, launch) => {
    const stand = played.get(kernel.name) ?? { ...kernel, wgsl: withoutMatrices(kernel.wgsl) };
    played.set(kernel.name, stand);
    run(stand, buffers, constants, launch);
  };
}

describe("kernels for subgroup matrices, the matrices played by arrays", () => {
  const device = openTestDevice("matrices");

  beforeEach(({ skip }) => {
    skip(device().adapter.subgroupSize !== 8, "the arrays are for subgroups of 8 lanes");
    playMatrices(device());
  });

  it("conv2d.forward agrees with the reference", async () => {
    const geometry = conv2dGeometry({
      inputShape: [2, 7, 9, 12],
      filterShape: [3, 3, 12, 68],
      padding: "same",
    });
    const x = randomArray(geometry.inputShape, 1);
    const f = randomArray(geometry.filterShape, 2);
    const b = randomArray([68], 3);
    using scope = device().scope();
    const operands = {
      x: upload(scope, x),
      f: upload(scope, f),
      b: upload(scope, b),
      activation: "relu",
    } as const;
    const { data } = await device().read(conv2dMatrices.run(scope, geometry, operands));
    const wanted = conv2dForwardReference(geometry, x.data, f.data, b.data, "relu");
    expectClose(data, wanted, { terms: 108, isHalf: true });
  });

  it("dense.forward agrees with the reference, in two parts", async () => {
    const [rows, inputs, outputs] = [37, 520, 68];
    const geometry = denseGeometry([rows, inputs], [inputs, outputs]);
    const x = randomArray([rows, inputs], 1);
    const w = randomArray([inputs, outputs], 2);
    const b = randomArray([outputs], 3);
    using scope = device().scope();
    const operands = {
      x: upload(scope, x),
      w: upload(scope, w),
      b: upload(scope, b),
      activation: "relu",
    } as const;
    const { data } = await device().read(denseMatrices.run(scope, geometry, operands));
    const wanted = denseForwardReference(geometry, x.data, w.data, b.data, "relu");
    expectClose(data, wanted, { terms: inputs, isHalf: true });
  });

  it("are refused where there are none", () => {
    const geometry = denseGeometry([4, 4], [4, 4]);
    expect(denseMatrices.refuses?.(device(), geometry)).toBe("the adapter has no subgroup matrices");
  });
});
