import { CodedError } from "../errors.ts";

/** What the operating system says where there is no space left, or none of a user's quota. */
const FULL = new Set(["ENOSPC", "EDQUOT"]);

/** What it says where it lets nobody write, or cannot. */
const UNAVAILABLE = new Set(["EACCES", "EPERM", "EROFS", "EIO"]);

/** When a program may ask again: it takes somebody to free a disk. */
const details = { retryAfterSeconds: 10 };

/** The error as its user is told of it: STORAGE_FULL or STORAGE_UNAVAILABLE where the disk is the reason, and else as it is. */
export function storageError(error: unknown): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (FULL.has(code)) {
    const message =
      "The service's disk is full: nothing can be stored until there is space again. Delete explanations, or try later.";
    return new CodedError("STORAGE_FULL", message, { cause: error, details });
  }
  if (UNAVAILABLE.has(code)) {
    const message = `The service's folder cannot be used (${code}): whoever runs it has to see to its disk and its permissions.`;
    return new CodedError("STORAGE_UNAVAILABLE", message, { cause: error, details });
  }
  return error;
}

/** Does what reads or writes the folder, with errors as `storageError` has them. */
export async function onDisk<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw storageError(error);
  }
}
