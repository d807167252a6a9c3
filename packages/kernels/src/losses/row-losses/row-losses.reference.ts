/** The losses of single rows in float64, from Keras's definitions. */

export function categoricalHingeReference(y: readonly number[], p: readonly number[]): number {
  const right = y.reduce((sum, target, c) => sum + target * p[c], 0);
  const wrong = Math.max(...y.map((target, c) => (1 - target) * p[c]));
  return Math.max(0, wrong - right + 1);
}

export function cosineProximityReference(y: readonly number[], p: readonly number[]): number {
  const unit = (values: readonly number[]) => {
    const length = Math.sqrt(
      Math.max(
        values.reduce((sum, value) => sum + value ** 2, 0),
        1e-12,
      ),
    );
    return values.map((value) => value / length);
  };
  const [a, b] = [unit(y), unit(p)];
  return -a.reduce((sum, value, c) => sum + value * b[c], 0);
}
