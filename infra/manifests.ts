import { existsSync, readdirSync } from "node:fs";

/**
 * The manifests of all models. The API knows the models by these alone; the weights, which it would need to know a model in Hugging
 * Face's layout, stay with the workers. Throws where there is such a model.
 */
export function manifests(): string[] {
  const folders = readdirSync("models")
    .filter((name) => !name.startsWith("."))
    .map((name) => `models/${name}`);
  for (const folder of folders) {
    if (existsSync(`${folder}/manifest.json`) || !existsSync(`${folder}/config.json`)) continue;
    throw new Error(
      `The model in ${folder} has no manifest.json, without which the API cannot know it. Move the folder out of models/, and add it from there: npm run models -- add FOLDER.`,
    );
  }
  return folders.map((folder) => `${folder}/manifest.json`).filter((file) => existsSync(file));
}
