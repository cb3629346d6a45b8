import { pearson } from "./correlation.ts";
import { normalised, type Saliency } from "./saliency.ts";

/** Cells of 8 × 8 pixels, blocks of 3 × 3 cells, 9 directions of 20 degrees: the defaults of scikit-image. */
const CELL = 8;
const BLOCK = 3;
const DIRECTIONS = 9;
/** What a block's components are cut off at before it is normalised again (L2-Hys). */
const CLIP = 0.2;
const EPSILON = 1e-5;

/**
 * How alike two maps [H, W] are in their edges: Pearson's correlation of their histograms of oriented gradients, −1 … 1, where 1 is
 * the same; 0 where one map is constant. H and W are at least 24. For the sanity check (Adebayo et al., NeurIPS 2018, section 3)
 * less is better: a map must change as the model's weights are randomised.
 */
export function hogSimilarity(a: Saliency, b: Saliency): number {
  return pearson(hog(a), hog(b));
}

/**
 * The histograms of oriented gradients (Dalal and Triggs, CVPR 2005) of a map normalised to [0, 1]: for each block, in reading
 * order and overlapping, its cells' mean gradient magnitude in each direction. Pixels beyond the last whole cell are left out.
 */
export function hog(saliency: Saliency): Float64Array {
  const [height, width] = saliency.shape;
  const [rows, columns] = [Math.floor(height! / CELL), Math.floor(width! / CELL)];
  const cells = histograms(normalised(saliency), height!, width!, rows, columns);
  const blocks: number[] = [];
  for (let y = 0; y + BLOCK <= rows; y++) {
    for (let x = 0; x + BLOCK <= columns; x++) {
      const block: number[] = [];
      for (let row = y; row < y + BLOCK; row++) {
        block.push(...cells.subarray((row * columns + x) * DIRECTIONS, (row * columns + x + BLOCK) * DIRECTIONS));
      }
      blocks.push(...unitLength(unitLength(block).map((value) => Math.min(value, CLIP))));
    }
  }
  return Float64Array.from(blocks);
}

/** [rows, columns, 9] of H × W values: gradients are central differences, 0 at the border, and opposite ones the same. */
function histograms(values: Float64Array, height: number, width: number, rows: number, columns: number): Float64Array {
  const cells = new Float64Array(rows * columns * DIRECTIONS);
  for (let y = 0; y < rows * CELL; y++) {
    for (let x = 0; x < columns * CELL; x++) {
      const at = y * width + x;
      const down = y === 0 || y === height - 1 ? 0 : values[at + width]! - values[at - width]!;
      const across = x === 0 || x === width - 1 ? 0 : values[at + 1]! - values[at - 1]!;
      const degrees = ((Math.atan2(down, across) * 180) / Math.PI + 180) % 180;
      const direction = Math.min(DIRECTIONS - 1, Math.floor((degrees * DIRECTIONS) / 180));
      const cell = Math.floor(y / CELL) * columns + Math.floor(x / CELL);
      cells[cell * DIRECTIONS + direction]! += Math.hypot(down, across) / CELL ** 2;
    }
  }
  return cells;
}

function unitLength(values: readonly number[]): number[] {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, EPSILON ** 2));
  return values.map((value) => value / length);
}
