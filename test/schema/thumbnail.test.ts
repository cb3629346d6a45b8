import { expect, test } from "vitest";
import { picture, startService } from "./service.ts";
import { photograph } from "../image/images.ts";
import { sharp } from "../../lib/image/sharp.ts";

const found = "{ explanation(id: $id) { thumbnail files { name url } } }";

test.each([
  ["small", () => picture()],
  ["large", () => photograph(1600, 900).png().toBuffer()],
])("A finished explanation of a %s picture has a thumbnail of at most 160 pixels and 10 kB", async (_, make) => {
  const service = await startService();
  const id = await service.submit(await make());
  const before = await service.ask(`query ($id: ID!) ${found}`, { id });
  expect(before.data.explanation).toEqual({ thumbnail: null, files: [] });

  await service.work();
  const { data } = await service.ask(`query ($id: ID!) ${found}`, { id });
  const { thumbnail, files } = data.explanation;
  expect(files).toContainEqual({ name: "thumbnail.jpeg", url: thumbnail });
  const bytes = await service.download(thumbnail);
  const { format, width, height } = await sharp(bytes).metadata();
  expect({ format, longer: Math.max(width, height) }).toEqual({ format: "jpeg", longer: 160 });
  expect(bytes.length).toBeLessThanOrEqual(10_000);
  expect((await fetch(thumbnail)).headers.get("content-type")).toBe("image/jpeg");
});
