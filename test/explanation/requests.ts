import type { Submission } from "../../lib/explanation/request/check.ts";
import { photograph } from "../image/images.ts";

const photo = photograph(32, 32).png().toBuffer();

/** An image and a seed of one owner. */
export async function submission(seed = 0, owner = "local"): Promise<Submission> {
  return { owner, method: "VIT_CX", image: new Uint8Array(await photo), options: { seed } };
}
