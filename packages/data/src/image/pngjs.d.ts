/** The part of pngjs 7 that is used; the package has no types of its own. */
declare module "pngjs" {
  interface Bitmap {
    readonly width: number;
    readonly height: number;
    /** RGBA. */
    readonly data: Uint8Array | Uint16Array;
  }
  interface ReadOptions {
    /** Whether 16-bit samples stay as they are. */
    readonly skipRescale?: boolean;
  }
  interface WriteOptions {
    /** Of the file: 0 gray, 2 RGB, 4 gray and alpha, 6 RGBA. Default 6. */
    readonly colorType?: 0 | 2 | 4 | 6;
    readonly bitDepth?: 8 | 16;
  }
  const pngjs: {
    readonly PNG: {
      readonly sync: {
        read(buffer: Uint8Array, options?: ReadOptions): Bitmap;
        write(bitmap: Bitmap, options?: WriteOptions): Uint8Array;
      };
    };
  };
  export default pngjs;
}
