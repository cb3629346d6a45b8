import type { Client } from "../service/client.ts";
import { example } from "../service/place.ts";

/** An explanation that waits for the service's only worker, which is busy for as long as a test wants. */
export async function holdWorker(client: Client, seed: number): Promise<{ id: string; letGo: () => Promise<unknown> }> {
  const long = { method: { vitCx: { seed, noiseDraws: 64, delta: 0.08 } } };
  const inFront = await client.explainImage(example("hamburger.png"), long);
  await client.followIntoTheMiddle(inFront);
  const id = await client.explainImage(example("crab.png"), { method: { vitCx: { seed } } });
  return { id, letGo: () => client.ask("mutation ($id: ID!) { cancelExplanation(id: $id) { id } }", { id: inFront }) };
}
