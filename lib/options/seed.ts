import { z } from "zod";

/** The option of a method or metric that draws random numbers: what is drawn is a pure function of it. */
export function seedOption(description: string) {
  return z.int().min(0).max(2_147_483_647).default(0).meta({ title: "Seed", description });
}

/** The seed of a method. */
export const seed = seedOption("The seed of all random numbers: the same seed gives the same map.");
