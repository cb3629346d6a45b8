/** Numbers in row-major (C) order; the last axis of `shape` runs fastest. */
export interface Tensor<Data extends Float32Array | Float64Array = Float32Array> {
  readonly shape: readonly number[];
  readonly data: Data;
}

/** The size of an image in pixels. */
export interface Extent {
  readonly height: number;
  readonly width: number;
}
