import { control } from "./control.ts";
import type { Method } from "./method.ts";

/**
 * A control: exp(−((x − cx)² / W² + (y − cy)² / H²) / 2σ²) about the image's centre. Photographers centre what they show, so this
 * finds objects without looking. `sd`, σ, is a share of the image's sides, above 0; a quarter is usual.
 */
export function centreGaussian({ sd = 0.25 }: { readonly sd?: number } = {}): Method {
  return control(({ height, width }) => {
    const data = new Float64Array(height * width);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const squared = ((x + 0.5) / width - 0.5) ** 2 + ((y + 0.5) / height - 0.5) ** 2;
        data[y * width + x] = Math.exp(-squared / (2 * sd ** 2));
      }
    }
    return { shape: [height, width], data };
  });
}
