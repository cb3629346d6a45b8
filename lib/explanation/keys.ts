const folder = (id: string) => `explanations/${id}`;

/** Where things lie in the store. Ids, owners and formats are made of letters, digits, `-` and `_`. */
export const keys = {
  log: (id: string) => `${folder(id)}/events.ndjson`,
  /** When its job was last sent. */
  sent: (id: string) => `${folder(id)}/sent`,
  input: (id: string, format: string) => `${folder(id)}/input.${format}`,
  /** A file of the result, of the explained class where it is about one. */
  file: (id: string, name: string) => `${folder(id)}/${name}`,
  /** A file about another class of the same run. */
  classFile: (id: string, index: number, name: string) => `${folder(id)}/classes/${index}/${name}`,
  upload: (owner: string, id: string) => `uploads/${owner}/${id}`,
  histories: "history/",
  /** What an owner uses, where there are limits. */
  ledger: (owner: string) => `owners/${owner}/ledger.json`,
  history: (owner: string) => `history/${owner}/`,
  /** Sorts newest first: S3 lists in ascending order only. */
  historyEntry: (owner: string, created: Date, id: string) =>
    `history/${owner}/${String(END_OF_TIME - created.getTime()).padStart(15, "0")}-${id}`,
  /** What an owner's entries of this time or later end before: the list of those before it goes on after this key. */
  historyBefore: (owner: string, time: Date) => `history/${owner}/${String(END_OF_TIME - time.getTime()).padStart(15, "0")}-~`,
};

const END_OF_TIME = 10 ** 14;

/** The explanation, its owner and the time that a history key was made for. */
export function parseHistoryEntry(key: string): { id: string; owner: string; created: Date } {
  const [, owner, name] = key.split("/");
  const [reversed, id] = name!.split("-");
  return { id: id!, owner: owner!, created: new Date(END_OF_TIME - Number(reversed)) };
}
