import { expect, test } from "vitest";
import { startService } from "./service.ts";

const query = `query ($id: ID!) { explanation(id: $id) {
  metricsAsked { metric canvas steps groups runs subsetSize seed tolerance threshold seeds radius samples }
  boxes { left top right bottom }
} }`;

const none = {
  canvas: null,
  steps: null,
  groups: null,
  runs: null,
  subsetSize: null,
  seed: null,
  tolerance: null,
  threshold: null,
  seeds: null,
  radius: null,
  samples: null,
};

test("What was asked to be measured is there with its options as used, and with its boxes, before anything is measured", async () => {
  const service = await startService();
  const boxes = [{ left: 1.5, top: 2, right: 30, bottom: 40 }];
  const metrics = {
    deletion: { steps: 12 },
    faithfulnessCorrelation: {},
    sparseness: true,
    energyInside: false,
    pointingGame: {},
    maxSensitivity: { samples: 2 },
    boxes,
  };
  const { data } = await service.ask(query, { id: await service.submit(undefined, { metrics }) });
  expect(data.explanation.boxes).toEqual(boxes);
  expect(data.explanation.metricsAsked).toHaveLength(5);
  expect(data.explanation.metricsAsked).toEqual(
    expect.arrayContaining([
      { ...none, metric: "DELETION", canvas: "ZERO", steps: 12 },
      { ...none, metric: "FAITHFULNESS_CORRELATION", canvas: "ZERO", runs: 100, subsetSize: 224, seed: 0 },
      { ...none, metric: "SPARSENESS" },
      { ...none, metric: "POINTING_GAME", tolerance: 15 },
      { ...none, metric: "MAX_SENSITIVITY", radius: 0.02, samples: 2, seed: 0 },
    ]),
  );
});

test("An explanation that is not measured says so", async () => {
  const service = await startService();
  const { data } = await service.ask(query, { id: await service.submit() });
  expect(data.explanation).toEqual({ metricsAsked: [], boxes: [] });
});
