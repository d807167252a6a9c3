import { type Layer, layerClasses } from "@convscope/layers";

// A layer's options are checked by the layer; vectors hold them as plain JSON.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Config = Readonly<Record<string, any>>;

/** Keras's spelling of a name or a config's key: snake_case. */
const inSnakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** tfjs's spelling of a value, as Keras has it. */
function inKeras(value: unknown): unknown {
  if (typeof value === "string") return /^[a-z]/.test(value) ? inSnakeCase(value) : value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [inSnakeCase(key), inKeras(own)]));
}

/** Whether we have a layer of Keras's name. */
export const hasLayer = (className: string): boolean => Object.hasOwn(layerClasses, className);

/** A layer of Keras's name and config, whose keys may be in camelCase. */
export function makeLayer(className: string, config: Config): Layer {
  return layerClasses[className].fromConfig(inKeras(config) as Config);
}
