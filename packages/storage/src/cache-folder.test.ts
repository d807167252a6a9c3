import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cacheFolder } from "./cache-folder.ts";

describe("the cache folder", () => {
  it.each<[string, Record<string, string>, NodeJS.Platform, string]>([
    ["of Linux", {}, "linux", "/home/ada/.cache/convscope"],
    ["of Linux, where XDG says so", { XDG_CACHE_HOME: "/cache" }, "linux", "/cache/convscope"],
    ["of Linux, XDG being relative", { XDG_CACHE_HOME: "cache" }, "linux", "/home/ada/.cache/convscope"],
    ["of macOS", { XDG_CACHE_HOME: "/cache" }, "darwin", "/home/ada/Library/Caches/convscope"],
    ["of Windows", { LOCALAPPDATA: "/local" }, "win32", "/local/convscope"],
    ["of Windows, unsaid", {}, "win32", "/home/ada/AppData/Local/convscope"],
    ["of one's own", { CONVSCOPE_CACHE: "/mine", XDG_CACHE_HOME: "/cache" }, "linux", "/mine"],
  ])("%s", (_, environment, platform, folder) => {
    expect(cacheFolder(environment, platform, "/home/ada")).toBe(folder.replaceAll("/", join("/")));
  });
});
