/** Published files in a browser, which keeps them itself. Node's twin is weight-files-node.ts. */

export async function cachedWeights({ url }: { readonly url: string }): Promise<Uint8Array> {
  return new Uint8Array(await (await answerOf(url)).arrayBuffer());
}

export async function cachedText({ url }: { readonly url: string }, path: string = url): Promise<string> {
  return (await answerOf(path)).text();
}

async function answerOf(url: string): Promise<Response> {
  const response = await fetch(url);
  if (response.ok) return response;
  throw new Error(`[download] ${url}: the server answered ${response.status} ${response.statusText}.`);
}
