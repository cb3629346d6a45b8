/** The least and the greatest value; [Infinity, -Infinity] of none. NaN is passed over. */
export function extremes(values: Float32Array | Float64Array): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
