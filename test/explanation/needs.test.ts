import { expect, test } from "vitest";
import { check } from "../../lib/explanation/request/check.ts";
import type { MethodName } from "../../lib/methods/registry.ts";
import { catalogOf } from "../../lib/vit/catalog/catalog.ts";
import { tinyModel } from "../vit/tiny-models.ts";
import { submission } from "./requests.ts";

const checked = async (file: string, method: MethodName) =>
  check(catalogOf(tinyModel(file)), { ...(await submission()), method, options: {} });

test.each(["ROLLOUT", "PARTIAL_LRP", "CGW1", "CGW2", "TAM"] as const)(
  "%s of a model without a class token is refused",
  async (method) => {
    await expect(checked("tiny_swin_op17.onnx", method)).rejects.toMatchObject({
      code: "MODEL_UNUSABLE",
      message: expect.stringMatching(/cannot explain the model "tiny": the model has no class token/),
    });
  },
);

test.each(["GRAD_CAM", "INTEGRATED_GRADIENTS", "SMOOTH_GRAD", "GRADIENT", "ATTN_LRP", "VIT_CX"] as const)(
  "%s of the same model is accepted",
  async (method) => {
    expect(await checked("tiny_swin_op17.onnx", method)).toMatchObject({ method });
  },
);

test.each(["tiny_vit_op17.onnx", "tiny_vit_op14_anon.onnx", "tiny_deit_distilled_op16.onnx"])(
  "%s has a class token",
  async (file) => {
    expect(await checked(file, "CGW2")).toMatchObject({ method: "CGW2" });
  },
);

test("a model whose file lies elsewhere is left to the worker to refuse", async () => {
  const elsewhere = { ...tinyModel("tiny_swin_op17.onnx"), folder: "/nowhere", digest: "elsewhere" };
  expect(await check(catalogOf(elsewhere), { ...(await submission()), method: "CGW2", options: {} })).toMatchObject({
    method: "CGW2",
  });
});
