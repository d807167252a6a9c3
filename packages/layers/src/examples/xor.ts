import { Dense, Sequential, SGD } from "@convscope/layers";

using model = new Sequential(
  [
    new Dense({ units: 8, activation: "tanh", inputShape: [2] }),
    new Dense({ units: 1, activation: "sigmoid" }),
  ],
  { seed: 1 },
);
model.compile({ optimizer: new SGD({ lr: 1 }), loss: "binaryCrossentropy", metrics: ["acc"] });
model.summary();

const x = { shape: [4, 2], data: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1) };
const y = { shape: [4, 1], data: Float32Array.of(0, 1, 1, 0) };
const { history } = await model.fit(x, y, { epochs: 100, verbose: 0 });
console.log(`accuracy ${history.acc.at(-1)}`);

const { data } = await model.predict(x);
console.log([...data].map(Math.round).join(" "));
