// Lets plain Node run the sources as they stand: TypeScript through tsx, `.wgsl` files as text.
// Used as `node --import ./scripts/register.mjs file.ts`, by bin/convscope.mjs and by worker threads.
import { register } from "node:module";
import { register as registerTypeScript } from "tsx/esm/api";

registerTypeScript();
register(new URL("./wgsl-hook.mjs", import.meta.url));
