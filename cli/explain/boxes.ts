import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Explanation } from "../../lib/explanation/log/fold.ts";
import { visiblePart } from "../../lib/explanation/results/visible-region.ts";
import type { Box } from "../../lib/metrics/box.ts";
import { localise } from "../../lib/metrics/localisation.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";

/** An explained image, and the box that its map gives the explained class. */
export interface BoxedImage {
  readonly path: string;
  readonly name: string;
  readonly explanation: Explanation;
  /** In pixels of the image; null where nothing is salient. */
  readonly box: Box | null;
}

/** The box around the largest region of the map whose values are at least the threshold, as the metric localisation finds it. */
export function boxOf(explanation: Explanation, map: Tensor, threshold: number): Box | null {
  const { box } = localise(map, [], threshold);
  if (box === null) return null;
  const [height, width] = map.shape as [number, number];
  const region = visiblePart(explanation);
  const x = (column: number) => region.left + (column * region.width) / width;
  const y = (row: number) => region.top + (row * region.height) / height;
  return { left: x(box.left), top: y(box.top), right: x(box.right), bottom: y(box.bottom) };
}

/** Writes boxes.json in COCO's format for data sets (https://cocodataset.org/#format-data). Categories have the indices of the model's classes. */
export async function writeCoco(folder: string, images: readonly BoxedImage[]): Promise<string> {
  const boxed = images.flatMap(({ box, explanation }, i) => (box ? [{ box, id: i + 1, ...explanation.latest.CLASSIFIED! }] : []));
  const categories = new Map(boxed.map(({ target }) => [target.index, { id: target.index, name: target.label }]));
  const coco = {
    images: images.map(({ path, explanation: { request } }, i) => {
      const { width, height } = request.image;
      return { id: i + 1, file_name: path, width, height };
    }),
    annotations: boxed.map(({ box, id, target }, i) => {
      const [width, height] = [box.right - box.left, box.bottom - box.top];
      const bbox = [box.left, box.top, width, height];
      const score = target.probability;
      return { id: i + 1, image_id: id, category_id: target.index, bbox, area: width * height, iscrowd: 0, score };
    }),
    categories: [...categories.values()].toSorted((a, b) => a.id - b.id),
  };
  const file = join(folder, "boxes.json");
  await mkdir(folder, { recursive: true });
  await writeFile(file, `${JSON.stringify(coco, null, 2)}\n`);
  return file;
}

/** Writes Annotations/<name>.xml in the format of the Pascal VOC challenge, whose pixels count from 1 and whose boxes hold the last one. */
export async function writeVoc(folder: string, { path, name, explanation, box }: BoxedImage): Promise<string> {
  const { width, height } = explanation.request.image;
  const corners = box && {
    xmin: Math.floor(box.left) + 1,
    ymin: Math.floor(box.top) + 1,
    xmax: Math.min(width, Math.ceil(box.right)),
    ymax: Math.min(height, Math.ceil(box.bottom)),
  };
  const sides = Object.entries(corners ?? {}).map(([side, value]) => `<${side}>${value}</${side}>`);
  const { label } = explanation.latest.CLASSIFIED!.target;
  const object = `  <object>\n    <name>${escaped(label)}</name>\n    <bndbox>${sides.join("")}</bndbox>\n  </object>\n`;
  const size = `<width>${width}</width><height>${height}</height><depth>3</depth>`;
  const image = `  <filename>${escaped(basename(path))}</filename>\n  <size>${size}</size>\n`;
  const file = join(folder, "Annotations", `${name}.xml`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `<annotation>\n${image}${box ? object : ""}</annotation>\n`);
  return file;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
