import type { StoredFile } from "../../storage/object-store.ts";

/** The files of one explanation after those of another. */
export async function* byExplanation(
  files: AsyncIterable<StoredFile>,
): AsyncGenerator<{ readonly id: string; readonly own: readonly StoredFile[] }> {
  let [id, own]: [string | undefined, StoredFile[]] = [undefined, []];
  for await (const file of files) {
    const of = file.key.split("/")[1]!;
    if (id !== undefined && of !== id) {
      yield { id, own };
      own = [];
    }
    id = of;
    own.push(file);
  }
  if (id !== undefined) yield { id, own };
}
