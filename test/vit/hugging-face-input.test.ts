import { expect, test } from "vitest";
import { inputOf, processorSchema } from "../../lib/vit/catalog/hugging-face-input.ts";

const input = (processor: object, imageSize?: { height: number; width: number }) =>
  inputOf(processorSchema.parse(processor), imageSize);

const stretch = { fit: "stretch" };
const squash = (side: number) => ({ fit: "stretch-crop", width: side, height: side });
const crop = (shortestEdge: number) => ({ fit: "crop", shortestEdge });

test.for([
  ["ViT's", { size: { height: 224, width: 192 } }, 224, 192, stretch],
  ["an older ViT's", { size: 224 }, 224, 224, stretch],
  [
    "DeiT's",
    { size: { height: 256, width: 256 }, do_center_crop: true, crop_size: { height: 224, width: 224 } },
    224,
    224,
    squash(256),
  ],
  ["an older DeiT's", { size: 438, do_center_crop: true, crop_size: 384 }, 384, 384, squash(438)],
  ["one that cuts nothing off", { size: 224, do_center_crop: true, crop_size: 224 }, 224, 224, stretch],
  ["one whose cut is switched off", { size: 224, do_center_crop: false, crop_size: 100 }, 224, 224, stretch],
  ["CLIP's", { size: { shortest_edge: 336 }, do_center_crop: true, crop_size: { height: 336, width: 336 } }, 336, 336, crop(336)],
  ["ConvNeXt's", { size: { shortest_edge: 224 }, crop_pct: 0.875, crop_size: null }, 224, 224, crop(256)],
  ["ConvNeXt's for a large size", { size: { shortest_edge: 384 }, crop_pct: 0.95 }, 384, 384, stretch],
  ["one that leaves the size to the model", {}, 160, 200, stretch],
] as const)("The way to the size is read from %s processor", ([, processor, height, width, resize]) => {
  expect(input(processor, { height: 160, width: 200 })).toMatchObject({ height, width, resize });
});

test("No size at all is no input", () => {
  expect(input({})).toBeUndefined();
});

test.for([
  [{}, [0.5, 0.25, 0.125], [0.5, 1, 2]],
  [{ rescale_factor: 1 / 127.5 }, [0.25, 0.125, 0.0625], [0.25, 0.5, 1]],
  [{ do_rescale: false }, [0.5 / 255, 0.25 / 255, 0.125 / 255], [0.5 / 255, 1 / 255, 2 / 255]],
  [{ do_normalize: false }, [0, 0, 0], [1, 1, 1]],
] as const)("Mean and deviation are of the 0…1 range: %j", ([changes, mean, sd]) => {
  const { mean: gotMean, sd: gotSd } = input({ size: 8, image_mean: [0.5, 0.25, 0.125], image_std: [0.5, 1, 2], ...changes })!;
  for (let channel = 0; channel < 3; channel++) {
    expect(gotMean[channel]).toBeCloseTo(mean[channel]!, 12);
    expect(gotSd[channel]).toBeCloseTo(sd[channel]!, 12);
  }
});

test("The interpolation has PIL's number, bilinear where there is none", () => {
  const names = [0, 1, 2, 3, null].map((resample) => input({ size: 8, resample })!.interpolation);
  expect(names).toEqual(["nearest", "lanczos", "bilinear", "bicubic", "bilinear"]);
  expect(() => processorSchema.parse({ size: 8, resample: 4 })).toThrow("vitcx knows nearest (0), lanczos (1)");
});
