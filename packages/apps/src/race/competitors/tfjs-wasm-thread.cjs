// A thread of tfjs's wasm backend. tfjs keeps its program as text, and names its main script by a blob's address, which
// only a browser can load: here both come from files.
const { dirname, join } = require("node:path");

const folder = join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "wasm-out");
URL.createObjectURL = () => join(folder, "tfjs-backend-wasm-threaded-simd.js");
const { wasmWorkerContents } = require(join(folder, "tfjs-backend-wasm-threaded-simd.worker.js"));
// Its line ends within strings have been resolved once too often.
new Function("require", "__filename", wasmWorkerContents.replaceAll("\n", "\\n"))(require, __filename);
