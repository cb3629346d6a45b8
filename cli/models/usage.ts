/** What `npm run models` prints where it is not told enough. */
export const usage = `npm run models -- COMMAND

  add FOLDER | FILE.onnx | hf:OWNER/NAME   copies a model into the first folder of VITCX_MODELS
  inspect FILE.onnx | FOLDER [--json]      shows input, output, blocks, and which embeddings are taken
  list
  verify ID [--image PHOTO]                has a model explain an image, and checks its probe
  remove ID

Options of add and inspect, each before what the model's own files say:
  --file PATH            the ONNX file in the folder or repository; default: onnx/model.onnx, or the only one
  --size N | HxW         --embedding TENSOR   --grid HxW   --prefix-tokens N
Of add:
  --id NAME   --title TEXT   --licence TEXT
  --labels FILE          a JSON list, or a label a line
  --mean R,G,B   --sd R,G,B                  of the 0…1 range
  --resize stretch | crop:SHORTEST_EDGE | stretch-crop:HxW    default: stretch
  --interpolation nearest | bilinear | bicubic | lanczos      default: bilinear
  --output logits | probabilities            default: as the graph ends
  --delta NUMBER         the clustering threshold; default: 0.05 for models with stages, else 0.1`;
