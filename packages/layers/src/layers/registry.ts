import type { Layer, LayerConfig } from "../layer.ts";
import { InputLayer } from "./input.ts";

/** What makes a layer of the configuration that a file holds. Nothing in it is ever executed. */
export interface LayerClass {
  fromConfig(config: LayerConfig): Layer;
}

/** The layers that a file may name, by Keras's class names. */
export const layerClasses: Readonly<Record<string, LayerClass>> = { InputLayer };
