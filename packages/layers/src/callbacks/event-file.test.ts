import { expect, it } from "vitest";
import { crc32c, scalarEvent, versionEvent } from "./event-file.ts";

it("computes Castagnoli's CRC", () => {
  // RFC 3720, appendix B.4, and the usual check value.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
});

it("writes the bytes that TensorBoard's own writer writes", () => {
  // TensorBoard 2.21: RecordWriter of Event(wall_time=1571000000.25, file_version="brain.Event:2") and of
  // Event(wall_time=1571000001.5, step=300, summary=Summary(value=[Summary.Value(tag="val_loss", simple_value=0.6729)])).
  const golden =
    "1800000000000000a37f4b2209000010b0e368d7411a0d627261696e2e4576656e743a32fa8536b1" +
    "1f00000000000000514b441809000060b0e368d74110ac022a110a0f0a0876616c5f6c6f7373152d432c3f949106fc";
  const events = [versionEvent(1571000000.25), scalarEvent(1571000001.5, 300, "val_loss", 0.6729)];
  expect(Buffer.concat(events).toString("hex")).toBe(golden);
});

it("counts steps beyond 32 bits", () => {
  const event = scalarEvent(0, 2 ** 40, "loss", 1);
  // 2⁴⁰ is 32 in the sixth group of seven bits.
  expect([...event.subarray(12 + 9, 12 + 16)]).toEqual([0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]);
});
