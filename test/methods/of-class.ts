import { classEvidence } from "../../lib/methods/method.ts";
import { type VitCxClassEvidence, type VitCxEvidence, vitCxTensors } from "../../lib/methods/vit-cx/evidence.ts";

/** What a run of ViT-CX learned about one class. */
export function ofClass(evidence: VitCxEvidence, target: number): VitCxClassEvidence {
  return classEvidence(vitCxTensors, evidence, target);
}
