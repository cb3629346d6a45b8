import { ask } from "../api/graphql.ts";
import { storageQuery } from "../api/operations.ts";
import { useAnswer } from "../use-answer.ts";
import { storageWords } from "./storage-words.ts";

const fetchStorage = async (signal: AbortSignal) => (await ask(storageQuery, {}, signal)).storage;

/** How much the server holds, and how long; an empty line where it does not say, so that nothing moves once it does. */
export function StorageNote() {
  const { result } = useAnswer(fetchStorage);
  return <p class="storage">{result ? storageWords(result) : "\u00a0"}</p>;
}
