/** A page has no files by path. Node's twin is log-files-node.ts. */

const noFiles = (where: string): Error =>
  new Error(
    `[${where}] writes a file, and a browser has none by path: use a LambdaCallback there, and keep the values.`,
  );

export async function readLog(where: string, _path: string): Promise<string> {
  throw noFiles(where);
}

export async function beginLog(where: string, _path: string, _content?: Uint8Array | string): Promise<void> {
  throw noFiles(where);
}

export async function appendToLog(
  where: string,
  _path: string,
  _content: Uint8Array | string,
): Promise<void> {
  throw noFiles(where);
}

export const eventFileName = (folder: string, _seconds: number): string => folder;
