import { afterEach, describe, expect, it, vi } from "vitest";
import { changeKept, readKept, whereKept } from "./tuning-store-browser.ts";

/** As much of IndexedDB as is used: one store, requests that are answered later, transactions that complete. */
function fakeIndexedDb() {
  const stores = new Map<string, Map<string, unknown>>();
  const request = <T>(answer: () => T) => {
    const it = {
      result: undefined as T | undefined,
      onsuccess: () => {},
      onerror: () => {},
      onupgradeneeded: () => {},
    };
    setTimeout(() => {
      it.result = answer();
      if (stores.size === 0) it.onupgradeneeded();
      it.onsuccess();
    });
    return it;
  };
  const database = {
    createObjectStore: (name: string) => void stores.set(name, new Map()),
    transaction(name: string) {
      const store = stores.get(name);
      if (!store) throw new Error(`no store ${name}`);
      const transaction = {
        oncomplete: () => {},
        objectStore: () => ({
          get: (key: string) => request(() => store.get(key)),
          put(value: unknown, key: string) {
            setTimeout(() => setTimeout(() => transaction.oncomplete()));
            return request(() => void store.set(key, value));
          },
        }),
      };
      return transaction;
    },
    close() {},
  };
  return { open: () => request(() => database), stores };
}

describe("what a browser keeps", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is a text by name, made of the one before", async () => {
    const indexedDB = fakeIndexedDb();
    vi.stubGlobal("indexedDB", indexedDB);
    expect(await readKept("radeon")).toBeUndefined();
    await changeKept("radeon", (before) => `${before} one`);
    await changeKept("radeon", (before) => `${before} two`);
    expect(await readKept("radeon")).toBe("undefined one two");
    expect(indexedDB.stores.get("tuning")?.size).toBe(1);
    expect(whereKept("radeon")).toBe("IndexedDB, convscope/tuning/radeon");
  });

  it("is nothing where there is no IndexedDB, which is said", async () => {
    await expect(readKept("radeon")).rejects.toThrow("[tuning] this browser has no IndexedDB.");
    await expect(changeKept("radeon", () => "")).rejects.toThrow("[tuning] this browser has no IndexedDB.");
  });
});
