import { decodeNpy } from "../../../lib/tensor/npy.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { ownPath } from "../../api/own-path.ts";

/** The numbers of a .npy file that the API names. Throws an Error whose message is for people. */
export async function fetchNpy(url: string): Promise<Tensor> {
  const response = await fetch(ownPath(url)).catch(() => undefined);
  if (!response) throw new Error("The server cannot be reached. Is it running, and are you online?");
  if (!response.ok) throw new Error(`The server does not give its numbers (${response.status}).`);
  try {
    return decodeNpy(new Uint8Array(await response.arrayBuffer()));
  } catch {
    throw new Error("Its numbers have not arrived whole.");
  }
}
