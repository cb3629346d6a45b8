/** Where on [0, 1] a function is taken, and how much it weighs in ∫₀¹ f ≈ Σ weight f(at). */
export interface QuadraturePoint {
  readonly at: number;
  readonly weight: number;
}

/**
 * Gauss–Legendre quadrature: the roots x of the Legendre polynomial P_n, by Newton's method, and the weights 2 / ((1 − x²) P_n′(x)²),
 * moved from [−1, 1] to [0, 1].
 */
export function gaussLegendre(count: number): QuadraturePoint[] {
  return Array.from({ length: count }, (_, i) => {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      const { value, derivative } = legendre(count, x);
      slope = derivative;
      const change = value / derivative;
      x -= change;
      if (Math.abs(change) < 1e-15) break;
    }
    return { at: (1 + x) / 2, weight: 1 / ((1 - x * x) * slope * slope) };
  });
}

/** Evenly spaced points from 0 to 1, each weighing 1 / n and the two ends half of that, as captum's `riemann_trapezoid`. */
export function trapezoid(count: number): QuadraturePoint[] {
  if (count === 1) return [{ at: 0, weight: 1 }];
  return Array.from({ length: count }, (_, i) => ({
    at: i / (count - 1),
    weight: (i === 0 || i === count - 1 ? 0.5 : 1) / count,
  }));
}

/** P_n(x) and its derivative, by Bonnet's recursion. */
function legendre(n: number, x: number): { value: number; derivative: number } {
  let [before, value] = [1, x];
  for (let k = 1; k < n; k++) [before, value] = [value, ((2 * k + 1) * x * value - k * before) / (k + 1)];
  return { value, derivative: (n * (x * value - before)) / (x * x - 1) };
}
