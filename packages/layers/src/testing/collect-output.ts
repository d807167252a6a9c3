import type { Output } from "../output.ts";

/** An output that keeps what is written. */
export function collectOutput(isTerminal = false): Output & { readonly text: string } {
  let text = "";
  return {
    isTerminal,
    write(part) {
      text += part;
    },
    get text() {
      return text;
    },
  };
}

/** Printed progress with its times made equal: they are another at every run. */
export function withoutTimes(text: string): string {
  return text.replace(/ - \d+s \d+(us|ms|s)\/step/g, " - Ts T/step").replace(/^ - \d+s/gm, " - Ts");
}
