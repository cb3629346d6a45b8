/** Numbers in row-major (C) order; the last axis of `shape` runs fastest. */
export interface Tensor<Data extends Float32Array | Float64Array = Float32Array> {
  readonly shape: readonly number[];
  readonly data: Data;
}

interface Sizes {
  1: [number];
  2: [number, number];
  3: [number, number, number];
}

/**
 * The sizes of a tensor's axes.
 *
 * @throws Error where it has another number of axes
 */
export function sizesOf<Rank extends keyof Sizes>(
  { shape }: Pick<Tensor<Float32Array | Float64Array>, "shape">,
  rank: Rank,
): Sizes[Rank] {
  if (shape.length !== rank) throw new Error(`Expected a tensor of ${rank} axes, got [${shape.join(", ")}]`);
  return shape as Sizes[Rank];
}

/** The size of an image in pixels. */
export interface Extent {
  readonly height: number;
  readonly width: number;
}
