export { cacheFolder } from "./cache-folder.ts";
export { type CachedFileOptions, cachedFile, type RemoteFile } from "./cached-file.ts";
export { type DownloadOptions, download, removeDownload } from "./download.ts";
export { hashFile } from "./hash-file.ts";
export { makeFolder, removeFolders } from "./make-folder.ts";
export { appendToFile, writeFailure, writeFileAtomically } from "./write-file.ts";
