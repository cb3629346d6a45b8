/** What a worker logs when it goes on without its GPU (functions/classifiers.ts). Explanations come all the same, only later. */
export const NO_GPU = "the execution provider cuda cannot be used";
