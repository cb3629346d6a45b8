/** What is stored under a key of a folder: see lib/storage/stored-files.ts. */
export interface StoredFile {
  readonly key: string;
  /** What it takes on the disk. */
  readonly bytes: number;
  /** When it was last put: milliseconds since 1970. */
  readonly changed: number;
}

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
