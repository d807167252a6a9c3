import {
  Activation,
  AveragePooling2D,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  type Layer,
  MaxPooling2D,
  Reshape,
} from "@convscope/layers";

// A layer's options are checked by the layer; vectors hold them as plain JSON.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Config = Readonly<Record<string, any>>;

const layers: Readonly<Record<string, (config: Config) => Layer>> = {
  Activation: ({ activation }) => new Activation({ activation }),
  AveragePooling2D: (config) => new AveragePooling2D(config),
  Conv2D: (config) => new Conv2D(config as ConstructorParameters<typeof Conv2D>[0]),
  Dense: (config) => new Dense(config as ConstructorParameters<typeof Dense>[0]),
  Dropout: ({ rate }) => new Dropout({ rate }),
  Flatten: () => new Flatten(),
  GlobalAveragePooling2D: () => new GlobalAveragePooling2D(),
  GlobalMaxPooling2D: () => new GlobalMaxPooling2D(),
  MaxPooling2D: (config) => new MaxPooling2D(config),
  // An open side is null there, -1 here as in Keras.
  Reshape: ({ targetShape }) =>
    new Reshape({ targetShape: targetShape.map((side: number | null) => side ?? -1) }),
};

/** Whether we have a layer of Keras's name. */
export const hasLayer = (className: string): boolean => Object.hasOwn(layers, className);

/** A layer of Keras's name and config, whose keys may be in snake_case. */
export function makeLayer(className: string, config: Config): Layer {
  const inCamelCase = Object.entries(config).map(([key, value]) => [
    key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return layers[className](Object.fromEntries(inCamelCase));
}
