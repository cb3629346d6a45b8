import { ApiError, ask } from "./graphql.ts";
import { createUploadMutation, type CreateUploadMutation, type ExplainImageInput } from "./operations.ts";

/** Bytes of the largest image that travels in a request, which is what every deployment takes. Larger ones travel by themselves. */
const LARGEST_IN_REQUEST = 4_000_000;

/** More than any server takes, and the largest number that the API understands. */
const LARGEST = 2 ** 31 - 1;

/**
 * The image, as a request takes it. `onProgress` is told which share of one that travels by itself has been sent; `signal` stops
 * it. Throws an ApiError, or why the signal aborted.
 */
export async function sendImage(
  image: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Pick<ExplainImageInput, "image" | "upload">> {
  if (image.size <= LARGEST_IN_REQUEST) return { image };
  const { createUpload } = await ask(createUploadMutation, { bytes: Math.min(image.size, LARGEST) }, signal);
  await put(createUpload, image, onProgress, signal);
  return { upload: createUpload.id };
}

/** By XMLHttpRequest: `fetch` does not tell how far it is. */
function put(
  { url, path, method, headers }: CreateUploadMutation["createUpload"],
  image: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const refuse = (message: string) => reject(new ApiError("UPLOAD_REFUSED", message));
    signal.throwIfAborted();
    signal.addEventListener("abort", () => {
      request.abort();
      reject(signal.reason as Error);
    });
    // Behind a proxy the API may not know the name that the page was opened with.
    request.open(method, path ?? url);
    for (const { name, value } of headers) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded }) => onProgress(loaded / image.size));
    request.addEventListener("error", () => refuse("The connection broke while the photograph was being sent. Try again."));
    request.addEventListener("load", () => (request.status < 300 ? resolve() : refuse(refusalOf(request.status))));
    request.send(image);
  });
}

function refusalOf(status: number): string {
  // The server itself has taken this size when it gave the address.
  if (status === 413) return "A proxy before the server does not take a photograph of this size. Send a smaller one.";
  return `The photograph was not taken: the server answered ${status}. Try again.`;
}
