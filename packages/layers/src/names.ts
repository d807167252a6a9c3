/**
 * Automatic layer names as Keras 2 gives them: the class name in snake_case and a counter per prefix, from 1:
 * `conv2d_1`, `max_pooling2d_1`, `dense_2`. Two models of one session continue the counters.
 * Source of the rule: Keras 2.2.4, engine/base_layer.py (`_to_snake_case`) and backend (`get_uid`).
 */

const uids = new Map<string, number>();

/** `MaxPooling2D` becomes `max_pooling2d`, `ReLU` becomes `re_lu`, `_Merge` becomes `private__merge`. */
export function toSnakeCase(className: string): string {
  const snake = className
    .replace(/(.)([A-Z][a-z0-9]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
  return snake.startsWith("_") ? `private${snake}` : snake;
}

/**
 * The next automatic name of a class, and counts it.
 * @param className the layer's or model's class, such as `Conv2D`; an `InputLayer` is called `input_1`, as in Keras
 */
export function uniqueName(className: string): string {
  const prefix = className === "InputLayer" ? "input" : toSnakeCase(className);
  const uid = (uids.get(prefix) ?? 0) + 1;
  uids.set(prefix, uid);
  return `${prefix}_${uid}`;
}

/** Lets every counter start from 1 again, as Keras's `reset_uids()`. */
export function resetUids(): void {
  uids.clear();
}
