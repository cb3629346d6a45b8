import { builder } from "./builder.ts";
import "./delete-explanation.ts";
import "./explain-image.ts";
import "./explanation-event.ts";
import "./explanation.ts";
import "./explanations.ts";
import "./limits/limits.ts";
import "./options/metrics.ts";
import "./model.ts";
import "./storage.ts";
import "./upload.ts";

export const schema = builder.toSchema();
