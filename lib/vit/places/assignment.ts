/**
 * The assignment of every row to a column of its own whose gains sum up to the most: the Hungarian method by shortest augmenting
 * paths (Kuhn 1955; Jonker and Volgenant 1987), O(rows² · columns).
 *
 * @param gains at least as many columns as rows
 * @returns the column of each row
 */
export function bestAssignment(gains: readonly Float64Array[]): number[] {
  const columns = gains[0]?.length ?? 0;
  // Row and column numbers are from 1; 0 stands for none.
  const rowPrice = new Float64Array(gains.length + 1);
  const columnPrice = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  for (let row = 1; row <= gains.length; row++) {
    rowOf[0] = row;
    const slack = new Float64Array(columns + 1).fill(Infinity);
    const cameFrom = new Int32Array(columns + 1);
    const done = new Uint8Array(columns + 1);
    let column = 0;
    // A shortest path from the new row to a column that is free.
    while (rowOf[column] !== 0) {
      done[column] = 1;
      const from = rowOf[column]!;
      let nearest = 0;
      for (let to = 1; to <= columns; to++) {
        if (done[to]) continue;
        const cost = -gains[from - 1]![to - 1]! - rowPrice[from]! - columnPrice[to]!;
        if (cost < slack[to]!) {
          slack[to] = cost;
          cameFrom[to] = column;
        }
        if (nearest === 0 || slack[to]! < slack[nearest]!) nearest = to;
      }
      const step = slack[nearest]!;
      for (let to = 0; to <= columns; to++) {
        if (done[to]) {
          rowPrice[rowOf[to]!]! += step;
          columnPrice[to]! -= step;
        } else slack[to]! -= step;
      }
      column = nearest;
    }
    // Along the path every row takes the next column.
    for (; column !== 0; column = cameFrom[column]!) rowOf[column] = rowOf[cameFrom[column]!]!;
  }
  const assigned = Array.from<number>({ length: gains.length });
  for (let column = 1; column <= columns; column++) if (rowOf[column] !== 0) assigned[rowOf[column]! - 1] = column - 1;
  return assigned;
}
