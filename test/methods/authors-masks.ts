import type { DrawnMask } from "../../lib/masks/random-masks.ts";

/** What the authors' generator drew for the sixteen masks of the reference, numpy's seed 11: the grid and its shift in pixels. */
const drawn = [
  { cells: "1110111100010010111100111100111000000110111111000", down: 5, right: 9 },
  { cells: "0011101101000110000001001011110100111000000101110", down: 6, right: 3 },
  { cells: "0011011111100010000011000110100001010101100001000", down: 1, right: 6 },
  { cells: "1100011000110100110011011010011101000011010110100", down: 7, right: 5 },
  { cells: "1111100000000111010001010111111011111110000101001", down: 3, right: 3 },
  { cells: "1101111001000110111011001000110011000111100110011", down: 0, right: 6 },
  { cells: "1011010110011011001101001001100000110011111001010", down: 3, right: 1 },
  { cells: "0000101100110101100001001010011111101011010100100", down: 8, right: 2 },
  { cells: "0100000110111101010101011001011001110000111110010", down: 4, right: 4 },
  { cells: "0000101111110010100100000001111110110110001011110", down: 2, right: 6 },
  { cells: "1100110010101100111011101111101010100101001111111", down: 2, right: 9 },
  { cells: "0111110011001101100100100100101101011001101010100", down: 2, right: 2 },
  { cells: "1101101110101101000011100000000001101110111001010", down: 8, right: 3 },
  { cells: "1100101100011111000011110100110101111011011010111", down: 6, right: 3 },
  { cells: "0111001010011010100101100001100110010100001100110", down: 8, right: 9 },
  { cells: "0001000000001101101110000010001100110001011101100", down: 8, right: 3 },
];

/** The same as masks; a cell has ten of the reference's 64 pixels. */
export const authorsMasks: readonly DrawnMask[] = drawn.map(({ cells, down, right }) => ({
  grid: { shape: [7, 7], data: Float64Array.from(cells, Number) },
  down: down / 10,
  right: right / 10,
}));
