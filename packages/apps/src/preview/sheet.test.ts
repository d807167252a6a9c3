import { describe, expect, it } from "vitest";
import { captionOf, renderSheet } from "./sheet.ts";

const image = (height: number, width: number) => ({
  shape: [height, width, 3] as const,
  data: new Uint8Array(3 * height * width),
});

describe("renderSheet", () => {
  const draws = (count: number, height: number, width: number) =>
    Array.from({ length: count }, () => ({ transform: { theta: 10 }, image: image(height, width) }));
  const imagesOf = (svg: string) =>
    [...svg.matchAll(/<image x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g)].map((match) =>
      match.slice(1).map(Number),
    );

  it("puts the picture on the left and its draws in a grid on the right", () => {
    const pictures = [{ title: "a.jpg", image: image(150, 150), draws: draws(4, 150, 150) }];
    const { svg, width, height } = renderSheet({ pictures, columns: 2, note: "seed 0" });
    const [first, ...others] = imagesOf(svg);
    expect(first).toEqual([24, 50, 300, 300]);
    expect(others.map(([x, y]) => [x - 24, y - 50])).toEqual([
      [316, 0],
      [632, 0],
      [316, 340],
      [632, 340],
    ]);
    expect([width, height]).toEqual([980, 788]);
    expect(svg).toContain(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`);
    expect(svg.match(/theta 10\.0°/g)).toHaveLength(4);
  });

  it("enlarges small pictures a whole number of times, and makes large ones smaller", () => {
    const sizeOf = (height: number, width: number) => {
      const pictures = [{ title: "a", image: image(height, width), draws: draws(1, height, width) }];
      const [[, , shownWidth, shownHeight]] = imagesOf(renderSheet({ pictures, columns: 1, note: "" }).svg);
      return [shownHeight, shownWidth];
    };
    expect(sizeOf(100, 40)).toEqual([300, 120]);
    expect(sizeOf(224, 224)).toEqual([224, 224]);
    expect(sizeOf(400, 600)).toEqual([200, 300]);
    expect(sizeOf(1, 3000)).toEqual([1, 300]);
  });

  it("writes names so that XML holds them, and the end of long ones", () => {
    const title = `${"x/".repeat(200)}a<b>&\u0001.jpg`;
    const { svg } = renderSheet({
      pictures: [{ title, image: image(9, 9), draws: draws(1, 9, 9) }],
      columns: 1,
      note: "",
    });
    expect(svg).toMatch(/>…x?(\/x)+\/a&lt;b&gt;&amp;\?\.jpg</);
  });
});

describe("captionOf", () => {
  it("names what was drawn, and nothing else", () => {
    expect(
      captionOf({
        theta: -10.04,
        shear: -0.001,
        tx: 27.04,
        ty: -13.92,
        zx: 0.8624,
        zy: 1,
        channelShiftIntensity: -3.14,
        brightness: 1.25,
        flipHorizontal: true,
        flipVertical: true,
      }),
    ).toEqual([
      "theta −10.0°, shear 0.00°",
      "tx 27.0 rows, ty −13.9 columns",
      "zx 0.862, zy 1.000",
      "brightness 1.25, channel shift −3.1",
      "flipHorizontal, flipVertical",
    ]);
    expect(captionOf({ theta: 0, zx: 1, zy: 1, flipHorizontal: false })).toEqual(["unchanged"]);
    expect(captionOf(undefined)).toEqual(["unchanged"]);
  });
});
