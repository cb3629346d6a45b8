/**
 * Where the random streams of each purpose begin: purposes that have the same seed never share a stream. Each counts up from its
 * number, so between two numbers lies the most that the lower one may draw.
 */
export const firstStream = {
  /** ViT-CX's and SmoothGrad's noise, and the controls. */
  noise: 0,
  /** The sets of pixels of faithfulness correlation. */
  pixelSets: 2 ** 28,
  /** The shuffled weights of the sanity check. */
  weights: 2 ** 29,
  /** The images beside the image of max-sensitivity. */
  neighbours: 2 ** 30,
  /** RISE's random masks. */
  masks: 2 ** 31,
} as const;
