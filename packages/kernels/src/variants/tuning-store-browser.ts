/** Where measured choices are kept in a browser: IndexedDB, a text each. Node's twin is tuning-store-node.ts. */

const DATABASE = "convscope";
const STORE = "tuning";

/** Where the text of that name is, in words. */
export const whereKept = (name: string): string => `IndexedDB, ${DATABASE}/${STORE}/${name}`;

/** The text of that name; undefined where none was kept. @throws where the browser has no IndexedDB, or forbids it */
export async function readKept(name: string): Promise<string | undefined> {
  const database = await openDatabase();
  try {
    const found: unknown = await settled(database.transaction(STORE).objectStore(STORE).get(name));
    return typeof found === "string" ? found : undefined;
  } finally {
    database.close();
  }
}

/**
 * Makes a new text of the one that was kept, in one transaction: of two pages, one changes what the other has written.
 * @throws where it cannot be written
 */
export async function changeKept(
  name: string,
  change: (before: string | undefined) => string,
): Promise<void> {
  const database = await openDatabase();
  try {
    const transaction = database.transaction(STORE, "readwrite");
    const store = transaction.objectStore(STORE);
    const before: unknown = await settled(store.get(name));
    await settled(store.put(change(typeof before === "string" ? before : undefined), name));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was aborted"));
    });
  } finally {
    database.close();
  }
}

function openDatabase(): Promise<IDBDatabase> {
  if (!globalThis.indexedDB) throw new Error("[tuning] this browser has no IndexedDB.");
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
