import { createUpload, type Upload } from "../lib/explanation/request/upload.ts";
import { builder } from "./builder.ts";

const HeaderType = builder.objectRef<Upload["headers"][number]>("Header").implement({
  fields: (t) => ({ name: t.exposeString("name"), value: t.exposeString("value") }),
});

const UploadTargetType = builder.objectRef<Upload>("UploadTarget").implement({
  description: "Where a file can be put that is too large for a request: one HTTP request, without an API key.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "What `explainImage` takes as `upload`, as often as wanted, for a day." }),
    url: t.string({
      description: "Takes exactly the bytes that were announced. Whoever has it may use it.",
      resolve: ({ url }, _, { origin }) => new URL(url, origin).href,
    }),
    path: t.string({
      nullable: true,
      description: "The same on the API's own origin, for who reaches it by another name; null where a bucket takes the file.",
      resolve: ({ url }) => (URL.canParse(url) ? null : url),
    }),
    method: t.string({ description: "Always PUT; the file is the body, as it is.", resolve: () => "PUT" }),
    headers: t.field({ type: [HeaderType], description: "To be sent with it.", resolve: ({ headers }) => [...headers] }),
    expiresAt: t.expose("expiresAt", { type: "DateTime", description: "Until when the file can be put there." }),
  }),
});

const CreateUploadInput = builder.inputType("CreateUploadInput", {
  fields: (t) => ({ bytes: t.int({ required: true, description: "The size of the file." }) }),
});

builder.mutationField("createUpload", (t) =>
  t.field({
    type: UploadTargetType,
    description: "Prepares to receive an image outside of a request, for those that are too large for one.",
    args: { input: t.arg({ type: CreateUploadInput, required: true }) },
    resolve: (_, { input: { bytes } }, { deps, owner, maxUploadBytes }) => createUpload(deps.store, owner, bytes, maxUploadBytes),
  }),
);
