/**
 * Why bytes could not become a picture. `reason` is a phrase that follows the picture's name
 * (`is empty (0 bytes)`, `is truncated …`), so that whoever knows the file can name it.
 */
export class ImageError extends Error {
  override readonly name = "ImageError";
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(`[decodeImage] the picture ${reason}`, options);
    this.reason = reason;
  }
}
