import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * The folder of what can be made again: `CONVSCOPE_CACHE`, or `convscope` in the place that the operating system has for
 * caches.
 */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  const { CONVSCOPE_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  if (CONVSCOPE_CACHE) return CONVSCOPE_CACHE;
  if (platform === "win32") return join(LOCALAPPDATA || join(home, "AppData", "Local"), "convscope");
  if (platform === "darwin") return join(home, "Library", "Caches", "convscope");
  // The specification wants relative paths ignored.
  const isGiven = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME);
  return join(isGiven ? XDG_CACHE_HOME : join(home, ".cache"), "convscope");
}
