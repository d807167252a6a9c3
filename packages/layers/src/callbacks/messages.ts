/** `Epoch 00001`, as Keras's callbacks name an epoch. @param epoch counted from 0 */
export const epochName = (epoch: number): string => `Epoch ${String(epoch + 1).padStart(5, "0")}`;
