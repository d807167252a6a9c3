import { expect, it } from "vitest";
import { History } from "./history.ts";

it("keeps a list per value, in the order of the epochs", () => {
  const history = new History();
  history.add(0, { loss: 0.69, acc: 0.53, val_loss: 0.67, val_acc: 0.6 });
  history.add(1, { loss: 0.61, acc: 0.66, val_loss: 0.63, val_acc: 0.64 });
  expect(history.epoch).toEqual([0, 1]);
  expect(history.history).toEqual({
    loss: [0.69, 0.61],
    acc: [0.53, 0.66],
    val_loss: [0.67, 0.63],
    val_acc: [0.6, 0.64],
  });
  expect(Object.keys(history.history)).toEqual(["loss", "acc", "val_loss", "val_acc"]);
});
