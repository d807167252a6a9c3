// What needs a disk, for those whose other work needs none: `#disk` of package.json. In a browser it is disk-browser.ts.
export { flowFromDirectory } from "./directory/flow-from-directory.ts";
export { saveImg } from "./save-img.ts";
