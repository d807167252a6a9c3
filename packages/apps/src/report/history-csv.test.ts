import { expect, it } from "vitest";
import { historyCsv } from "./history-csv.ts";

it("writes what Keras's CSVLogger writes", () => {
  const csv = historyCsv({
    epoch: [0, 1, 2, 3],
    history: {
      loss: [0.6903, 0.00001234, 1, Number.NaN],
      acc: [0.5322, 0.0001, 1e16, -0.5],
      val_loss: [0.1 + 0.2, 123456.75, 1.5e-7, Number.POSITIVE_INFINITY],
      val_acc: [0.6003, 0],
    },
  });
  expect(csv).toBe(
    [
      "epoch,acc,loss,val_acc,val_loss\r\n",
      "0,0.5322,0.6903,0.6003,0.30000000000000004\r\n",
      "1,0.0001,1.234e-05,0.0,123456.75\r\n",
      "2,1e+16,1.0,NA,1.5e-07\r\n",
      "3,-0.5,nan,NA,inf\r\n",
    ].join(""),
  );
});

it("writes the head alone where nothing was trained", () => {
  expect(historyCsv({ epoch: [], history: {} })).toBe("epoch\r\n");
});
