const files = import.meta.glob<string>("../../models/*/examples/*.png", { query: "?url", import: "default", eager: true });

/** A picture that comes with a model. */
export interface Example {
  readonly name: string;
  readonly url: string;
}

/** Those of one model; few have any. */
export function examplesOf(model: string): readonly Example[] {
  return Object.entries(files)
    .filter(([path]) => path.includes(`/models/${model}/`))
    .map(([path, url]) => ({ url, name: path.slice(path.lastIndexOf("/") + 1, -".png".length) }));
}

/** `key-octopus` is "key and octopus". */
export function titleOf({ name }: Example): string {
  return name.replaceAll("-", " and ").replaceAll("_", " ");
}

/** The example as a file to send. */
export async function fetchFile(url: string, name: string): Promise<File> {
  const blob = await (await fetch(url)).blob();
  return new File([blob], name, { type: blob.type });
}
