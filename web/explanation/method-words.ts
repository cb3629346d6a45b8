import type { Method } from "../api/operations.ts";

interface Words {
  /** What bright places of its map are, or are not; undefined for what the page explains at length. */
  readonly meaning?: string;
  /** It is no explanation, but what explanations are held against. */
  readonly isControl?: true;
  /** What follows once the model has said what it sees. */
  readonly begins: string;
  /** So many of so many, while it computes. */
  readonly scored: (done: number, total: number) => string;
}

const masksScored = (done: number, total: number) => `${done} of ${total} masks scored`;

/** What each method does, in words. */
export const methodWords: Record<Method, Words> = {
  VIT_CX: { begins: "making masks of what the model keeps in mind", scored: (done, total) => `${done} of ${total} scored` },
  SCORE_CAM: {
    meaning: "Each embedding map was tried as a mask: the map is their sum, each weighted by the probability that it left.",
    begins: "trying each of the model's embedding maps as a mask",
    scored: masksScored,
  },
  RISE: {
    meaning: "Random masks were tried: bright is what was visible when the answer was probable.",
    begins: "trying random masks",
    scored: masksScored,
  },
  OCCLUSION: {
    meaning: "One square after another was hidden: bright is what the answer suffers without.",
    begins: "hiding one square after another",
    scored: (done, total) => `${done} of ${total} squares hidden`,
  },
  RANDOM: {
    meaning: "A control: it knows nothing of the model. Each pixel is its own random number, whatever the class.",
    isControl: true,
    begins: "drawing random numbers",
    scored: masksScored,
  },
  CENTRE_GAUSSIAN: {
    meaning: "A control: it looks at neither the photograph nor the model. It is a bump in the middle, whatever the class.",
    isControl: true,
    begins: "drawing a bump in the middle",
    scored: masksScored,
  },
};
