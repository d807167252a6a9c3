import { describe, expect, it } from "vitest";
import { RandomStream } from "../philox/index.ts";
import { expectClose, openTestDevice } from "../testing/index.ts";
import { about, drawMap, noise } from "./augment.cases.ts";
import { augmentReference } from "./augment.reference.ts";
import { type AugmentOptions, augment, fillModes } from "./augment.ts";
import type { PictureAugmentation } from "./pictures.ts";

/**
 * A coordinate is off by 2⁻²³ at the most (README), and from one pixel to the next the value changes by 255 at the most, along
 * either axis; ten roundings for the interpolations here and the result there.
 */
const absolute = 255 * (2 * 2 ** -23 + 10 * 2 ** -24);
const exact = { absolute: 0, relative: 0 };
/** Where the value jumps, it may do so one pixel early: where a coordinate is 2⁻²³ from there, one pixel in a few millions. */
const JUMPED = 2;

const identity = { matrix: [1, 0, 0, 1], offset: [0, 0] } as const;

describe("augment", () => {
  const device = openTestDevice();

  async function run(
    bytes: Uint8Array,
    shape: readonly number[],
    pictures: readonly PictureAugmentation[],
    options?: AugmentOptions,
  ): Promise<Float32Array> {
    using scope = device().scope();
    const x = scope.tensor(shape, "uint8");
    device().write(x, bytes);
    return (await device().read(augment(scope, x, pictures, options))).data;
  }

  function reference(
    bytes: Uint8Array,
    [, height, width, channels]: readonly number[],
    pictures: readonly PictureAugmentation[],
    options?: AugmentOptions,
  ): Float32Array {
    const size = height * width * channels;
    const results = pictures.map((picture, n) => {
      const one = bytes.subarray(n * size, (n + 1) * size);
      return [...augmentReference(one, [height, width, channels], picture, options)];
    });
    return Float32Array.from(results.flat());
  }

  /** As many values as are apart by more than the tolerance, which is one for values up to 255 before they are rescaled. */
  function countApart(got: Float32Array, wanted: Float32Array, tolerance = absolute): number {
    expect(got.length).toBe(wanted.length);
    return wanted.reduce((sum, value, i) => sum + (Math.abs(got[i] - value) <= tolerance ? 0 : 1), 0);
  }

  const shapes = [
    [3, 13, 10, 3],
    [1, 31, 17, 1],
    [2, 8, 9, 4],
    [2, 5, 1, 6],
  ];
  const cases = fillModes.flatMap((fillMode, i) =>
    ([0, 1] as const).flatMap((order) =>
      // Each rule and order meets one of the shapes.
      shapes.filter((_, k) => (i + k + order) % 4 === 0).map((shape) => ({ fillMode, order, shape })),
    ),
  );

  it.each(cases)(
    "agrees with the reference: $fillMode, order $order, $shape",
    async ({ shape, ...options }) => {
      const [n, height, width, channels] = shape;
      const stream = new RandomStream(height, "test", options.order);
      const bytes = noise(n * height * width * channels, width);
      for (let draw = 0; draw < 4; draw++) {
        // The last one leads far out, several times through each rule's period.
        const pictures = Array.from({ length: n }, (): PictureAugmentation => {
          const map =
            draw < 3
              ? drawMap(stream, height, width)
              : about([3.1373, -4.2191, 2.3717, 5.7139], [9.377, -20.613], height, width);
          return { map, flipHorizontal: stream.integer(2) === 1, flipVertical: stream.integer(2) === 1 };
        });
        const got = await run(bytes, shape, pictures, { ...options, cval: -7 });
        const wanted = reference(bytes, shape, pictures, { ...options, cval: -7 });
        expectClose(got, wanted, { absolute, relative: 0 });
      }
      const unchanged = Float32Array.from(bytes, (value) => value * Math.fround(1 / 255));
      for (const picture of [{}, { map: identity }]) {
        const pictures = Array.from({ length: n }, () => picture);
        expectClose(await run(bytes, shape, pictures, { ...options, rescale: 1 / 255 }), unchanged, exact);
      }
    },
  );

  it("agrees on pictures of the usual size, far from their middle too", async () => {
    const shape = [3, 150, 150, 3];
    const stream = new RandomStream(1, "test");
    const bytes = noise(3 * 150 * 150 * 3, 1);
    for (const options of [
      { fillMode: "nearest" },
      { fillMode: "constant" },
      { fillMode: "wrap", order: 0 },
    ] as const) {
      const pictures = Array.from({ length: 3 }, () => ({ map: drawMap(stream, 150, 150) }));
      const got = await run(bytes, shape, pictures, options);
      const apart = countApart(got, reference(bytes, shape, pictures, options));
      expect(apart).toBeLessThanOrEqual(options.fillMode === "nearest" ? 0 : JUMPED * 3);
    }
  });

  it("has coordinates that are as exact in large pictures", async () => {
    const shape = [1, 3, 3001, 1];
    const bytes = noise(3 * 3001, 2);
    const map = about([0.99, 0.0007, 0.001, 0.77], [0.2, 300.7], 3, 3001);
    const got = await run(bytes, shape, [{ map }]);
    expectClose(got, reference(bytes, shape, [{ map }]), { absolute, relative: 0 });
  });

  it("fills as SciPy does: a shift by 1.25 rows and −0.5 columns", async () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => 10 * i);
    const map = { matrix: identity.matrix, offset: [1.25, -0.5] } as const;
    const shifted = async (options: AugmentOptions) => {
      const y = await run(bytes, [1, 4, 4, 1], [{ map }], options);
      return [0, 4, 8, 12].map((row) => [...y.subarray(row, row + 4)].join(" "));
    };
    const inside = ["55 65 75", "95 105 115"];
    expect(await shifted({ fillMode: "nearest" })).toEqual([
      `50 ${inside[0]}`,
      `90 ${inside[1]}`,
      "120 125 135 145",
      "120 125 135 145",
    ]);
    expect(await shifted({ fillMode: "constant", cval: -1 })).toEqual([
      `-1 ${inside[0]}`,
      `-1 ${inside[1]}`,
      "-1 -1 -1 -1",
      "-1 -1 -1 -1",
    ]);
    expect((await shifted({ fillMode: "reflect" })).at(-1)).toBe("110 115 125 135");
    expect(await shifted({ fillMode: "wrap" })).toEqual([
      `75 ${inside[0]}`,
      `115 ${inside[1]}`,
      "35 15 25 35",
      "75 55 65 75",
    ]);
  });

  it("turns by right angles without a trace of rounding", async () => {
    const bytes = Uint8Array.from({ length: 9 }, (_, i) => i);
    const turned = async (degrees: number) => {
      const angle = (degrees * Math.PI) / 180;
      const matrix = [Math.cos(angle), -Math.sin(angle), Math.sin(angle), Math.cos(angle)] as const;
      const map = about(matrix, [0, 0], 3, 3);
      return (await run(bytes, [1, 3, 3, 1], [{ map }], { fillMode: "constant", cval: 99 })).join(" ");
    };
    expect(await turned(90)).toBe("6 3 0 7 4 1 8 5 2");
    expect(await turned(180)).toBe("8 7 6 5 4 3 2 1 0");
    expect(await turned(270)).toBe("2 5 8 1 4 7 0 3 6");
  });

  it("shifts all channels, clipped to what the warped picture has", async () => {
    const bytes = Uint8Array.of(0, 5, 200, 255, 30, 40, 50, 60);
    const shifts = [20, -20].map((channelShift) => ({ channelShift }));
    const y = await run(bytes, [2, 2, 2, 1], shifts, { rescale: 2 });
    expect([...y]).toEqual([40, 50, 440, 510, 60, 60, 60, 80]);
    // What was shifted out of the picture is none of its extremes, what came in is.
    const map = { matrix: identity.matrix, offset: [0, 1] } as const;
    const filled = { fillMode: "constant", cval: 300 } as const;
    expect([
      ...(await run(bytes.subarray(0, 4), [1, 2, 2, 1], [{ map, channelShift: -20 }], filled)),
    ]).toEqual([5, 280, 235, 280]);
  });

  it("brightens as Keras does today: whole numbers up to 255", async () => {
    const bytes = Uint8Array.of(10, 20, 30, 100, 150, 200, 254, 255, 1);
    const brightened = async (brightness: number) => [
      ...(await run(bytes, [1, 3, 3, 1], [{ brightness }], { brightnessMode: "fixed" })),
    ];
    expect(await brightened(0.5)).toEqual([5, 10, 15, 50, 75, 100, 127, 127, 0]);
    expect(await brightened(1.5)).toEqual([15, 30, 45, 150, 225, 255, 255, 255, 1]);
    // A picture that leaves 0 … 255 is stretched, and put back: here from and to −100 … 155.
    const map = { matrix: identity.matrix, offset: [0, 1] } as const;
    const filled = { fillMode: "constant", cval: -100 } as const;
    const picture = Uint8Array.of(0, 5, 7, 155);
    expect([...(await run(picture, [1, 2, 2, 1], [{ map, brightness: 0.5 }], filled))]).toEqual([
      -48, -100, 27, -100,
    ]);
  });

  it("brightens as Keras 2 did, which stretches the picture first", async () => {
    const bytes = Uint8Array.of(10, 20, 30, 100, 150, 200);
    const options = { brightnessMode: "keras2" } as const;
    const brightened = async (...pictures: PictureAugmentation[]) => [
      ...(await run(
        Uint8Array.from(pictures.flatMap(() => [...bytes])),
        [pictures.length, 1, 2, 3],
        pictures,
        options,
      )),
    ];
    expect(await brightened({ brightness: 1 }, {})).toEqual([0, 13, 26, 120, 187, 255, ...bytes]);
    expect(await brightened({ brightness: 0.5, channelShift: 100 })).toEqual([0, 14, 28, 127, 127, 127]);
    expect([...(await run(new Uint8Array(6).fill(9), [1, 1, 2, 3], [{ brightness: 1 }], options))]).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
  });

  it("does all of it in Keras's order, and leaves alpha its brightness", async () => {
    const shape = [4, 21, 18, 4];
    const stream = new RandomStream(8, "test");
    const bytes = noise(4 * 21 * 18 * 4, 8);
    for (const brightnessMode of ["fixed", "keras2"] as const) {
      const options = { brightnessMode, rescale: 1 / 255, fillMode: "reflect" } as const;
      const pictures = Array.from({ length: 4 }, (_, n) => ({
        map: drawMap(stream, 21, 18),
        flipHorizontal: true,
        channelShift: n === 1 ? undefined : stream.uniform(-60, 60),
        brightness: n === 2 ? undefined : stream.uniform(0.6, 1.4),
      }));
      const got = await run(bytes, shape, pictures, options);
      const wanted = reference(bytes, shape, pictures, options);
      // Where a value is whole but for rounding it may be cut to the number below: one level, times the brightness.
      expect(countApart(got, wanted, (1.4 + 1) / 255)).toBe(0);
      expect(countApart(got, wanted, absolute / 255)).toBeLessThanOrEqual(0.01 * got.length);
    }
  });

  it("makes no pipelines for other draws or a shorter batch, and a second kernel only where it is wanted", async () => {
    const ran: string[] = [];
    device().onRun = ({ name }) => ran.push(name);
    const bytes = noise(60, 4);
    await run(bytes, [4, 5, 3, 1], [{}, {}, { brightness: 2 }, {}]);
    const { pipelines } = device().created;
    await run(bytes.subarray(0, 30), [2, 5, 3, 1], [{}, { channelShift: 3, flipVertical: true }], {
      rescale: 2,
    });
    await run(bytes.subarray(0, 15), [1, 5, 3, 1], [{ map: identity }], { cval: 3 });
    device().onRun = undefined;
    expect(device().created.pipelines).toBe(pipelines);
    const [warp, intensity] = ["augment.warp", "augment.intensity"];
    expect(ran).toEqual([warp, intensity, warp, intensity, warp]);
  });

  it("takes an empty batch, and refuses what is no batch, augmentation or option", async () => {
    expect(await run(new Uint8Array(), [0, 4, 4, 3], [])).toEqual(new Float32Array());
    using scope = device().scope();
    const x = scope.tensor([2, 4, 4, 3], "uint8");
    const run2 =
      (first: PictureAugmentation, options?: object, tensor = x) =>
      () =>
        augment(scope, tensor, [first, {}], options);
    expect(run2({}, {}, scope.tensor([2, 4, 4, 3]))).toThrow(
      "[augment] x is of float32 [2,4,4,3], must be of uint8 [n,height,width,channels].",
    );
    expect(() => augment(scope, x, [{}])).toThrow(
      "[augment] there are 1 augmentations for 2 pictures: give one for each.",
    );
    expect(run2({ brightness: Number.NaN })).toThrow(
      "[augment] picture 0 has the number NaN: all must be finite.",
    );
    expect(run2({ map: { matrix: [1e9, 0, 0, 1], offset: [0, 0] } })).toThrow(
      "[augment] picture 0's map leads more than 65536 pixels away in a picture of [4,4]: give a smaller one.",
    );
    expect(run2({}, { fillMode: "edge" })).toThrow(
      "[augment] fillMode must be one of nearest, constant, reflect, wrap, mirror, grid-wrap, got edge.",
    );
    expect(run2({}, { order: 3 })).toThrow("[augment] order must be 0 or 1, got 3.");
    expect(run2({}, { rescale: Number.POSITIVE_INFINITY })).toThrow(
      "[augment] cval and rescale must be finite, got 0 and Infinity.",
    );
  });
});
