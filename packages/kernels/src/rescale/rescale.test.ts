import { describe, it } from "vitest";
import { expectClose, openTestDevice, randomArray, upload } from "../testing/index.ts";
import { rescaleReference } from "./rescale.reference.ts";
import { rescale } from "./rescale.ts";

describe("rescale", () => {
  const device = openTestDevice();

  it.each([[[1]], [[63]], [[65]], [[3, 5, 7, 2]], [[2, 150, 70]]])(
    "agrees with the reference on %j",
    async (shape) => {
      const x = randomArray(shape, 1);
      using scope = device().scope();
      const tensor = upload(scope, x);
      const { data } = await device().read(rescale(scope, tensor, 1 / 127.5, -1));
      // A product and a sum: two roundings, or one where they are fused.
      expectClose(data, rescaleReference(x.data, Math.fround(1 / 127.5), -1));
      const { data: gradient } = await device().read(rescale(scope, tensor, -2));
      expectClose(gradient, rescaleReference(x.data, -2, 0), { absolute: 0, relative: 0 });
    },
  );
});
