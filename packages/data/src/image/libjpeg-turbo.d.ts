/** The part of codec-libjpeg-turbo-8bit 1.2 that is used; the package has no types of its own. */
declare module "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs" {
  /** One picture. */
  interface Decoder {
    /** In the module's memory, which moves when it grows. */
    getEncodedBuffer(length: number): Uint8Array;
    /** Decodes to RGB, or to one channel where the picture has one. Throws for warnings, too, when it is done. */
    decode(): void;
    /** A copy. */
    getDecodedBuffer(): Uint8ClampedArray<ArrayBuffer>;
    /** Gives the memory back. */
    delete(): void;
  }
  export interface LibjpegTurbo {
    readonly JPEGDecoder: new () => Decoder;
    /** Exchanged when the memory grows. */
    readonly HEAPU8: Uint8Array;
  }
  export default function load(options?: {
    /** Where a file of the package lies; by default beside its script. */
    locateFile?: (name: string) => string;
    printErr?: (line: string) => void;
  }): Promise<LibjpegTurbo>;
}

declare module "@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs" {
  interface Encoder {
    /** In the module's memory. */
    getDecodedBuffer(frame: {
      readonly width: number;
      readonly height: number;
      /** Up to 255. */
      readonly bitsPerSample: number;
      readonly componentCount: number;
      readonly isSigned: boolean;
    }): Uint8Array;
    setQuality(quality: number): void;
    setProgressive(progressive: 0 | 1): void;
    setSubSampling(subsampling: number): void;
    encode(): void;
    /** A copy. */
    getEncodedBuffer(): Uint8ClampedArray<ArrayBuffer>;
    delete(): void;
  }
  export interface LibjpegTurboFull {
    readonly JPEGEncoder: new () => Encoder;
  }
  export default function load(): Promise<LibjpegTurboFull>;
}
