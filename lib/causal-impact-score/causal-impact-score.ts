/**
 * Equation (2), the causal impact score freed of the noise's artefacts:
 *
 *     s = f(y | X∘M + (1−M)∘Z) + f(y | X) − f(y | X + (1−M)∘Z)
 *
 * `masked`, `whole` and `noisy` are the three probabilities in this order: what the mask keeps alone, the image itself, and the
 * image under the same noise.
 */
export function causalImpactScore(masked: number, whole: number, noisy: number): number {
  return masked + whole - noisy;
}
