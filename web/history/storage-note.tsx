import { ask } from "../api/graphql.ts";
import { storageQuery } from "../api/operations.ts";
import { useAnswer } from "../use-answer.ts";
import { storageWords } from "./storage-words.ts";

const fetchStorage = async (signal: AbortSignal) => (await ask(storageQuery, {}, signal)).storage;

/** How much the server holds, and how long; nothing where it does not say. */
export function StorageNote() {
  const { result } = useAnswer(fetchStorage);
  return result ? <p class="storage">{storageWords(result)}</p> : null;
}
