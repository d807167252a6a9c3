/** An object as Keras 2 writes it into a config. */
export interface SerializedObject {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Class and config of an object in a config: `{ class_name, config }` of Keras 2 and, with more around it, Keras 3, or all in
 * one, with its class as `name`, of Keras 1.
 * @param what it is, for messages
 * @throws for anything else
 */
export function serializedObject(
  what: string,
  value: unknown,
): { className: string; config: Readonly<Record<string, unknown>> } {
  if (isObject(value)) {
    const { class_name: className, config, name } = value;
    if (typeof className === "string" && (isObject(config) || config === undefined || config === null)) {
      return { className, config: config ?? {} };
    }
    if (typeof name === "string") return { className: name, config: value };
  }
  throw new Error(
    `[${what}] cannot be made of ${JSON.stringify(value)}: a name, or class_name and config, are needed.`,
  );
}

/** Keras's snake_case as it is written here. */
export const inCamelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
