import { ApiError } from "../api/graphql.ts";

const files = import.meta.glob<string>("../../models/*/examples/*.png", { query: "?url", import: "default", eager: true });

/** Of each example, 176 pixels wide: `sharp(png).resize(176).webp({ quality: 60 })`. All of them weigh less than one example. */
const previews = import.meta.glob<string>("./previews/*/*.webp", { query: "?url", import: "default", eager: true });

/** A picture that comes with a model. */
export interface Example {
  readonly name: string;
  readonly url: string;
  readonly preview: string;
}

/** Those of one model; few have any. */
export function examplesOf(model: string): readonly Example[] {
  return Object.entries(files)
    .filter(([path]) => path.includes(`/models/${model}/`))
    .map(([path, url]) => {
      const name = path.slice(path.lastIndexOf("/") + 1, -".png".length);
      return { url, name, preview: previews[`./previews/${model}/${name}.webp`] ?? url };
    });
}

/** `key-octopus` is "key and octopus". */
export function titleOf({ name }: Example): string {
  return name.replaceAll("-", " and ").replaceAll("_", " ");
}

/** The picture as a file to send. Throws an ApiError. */
export async function fetchFile(url: string, name: string): Promise<File> {
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) throw new ApiError("UNREACHABLE", "The photograph cannot be fetched. Is the server running?");
  const blob = await response.blob();
  return new File([blob], name, { type: blob.type });
}
