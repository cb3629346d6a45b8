# The worker as a container, from the repository's root:
#   docker build -f functions/worker.Dockerfile --target gpu .       CUDA, for ECS on GPU instances
#   docker build -f functions/worker.Dockerfile --target lambda .    CPU, for Lambda

# ONNX Runtime's CUDA libraries are built for CUDA 13, from its version 1.27 on, whatever their label says. docs/deploy.md has what is
# known of that, and how CUDA 12 can be had. Where they do not fit, the gpu image cannot be built.
ARG CUDA=13.0.3

FROM node:24-bookworm-slim AS build
WORKDIR /vitcx
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY lib lib
COPY functions functions
RUN npx esbuild functions/worker.ts functions/job-watchdog.ts functions/worker-lambda.ts --bundle --platform=node --format=esm --target=node24 --external:onnxruntime-node --external:sharp --external:fs-native-extensions --banner:js="import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" --out-extension:.js=.mjs --outdir=dist

# What cannot be bundled, for this platform alone.
FROM node:24-bookworm-slim AS modules
WORKDIR /vitcx
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
RUN rm -rf node_modules/onnxruntime-node/bin/napi-v6/win32 node_modules/onnxruntime-node/bin/napi-v6/darwin node_modules/@graphql-yoga
RUN find node_modules/onnxruntime-node/bin/napi-v6/linux -mindepth 1 -maxdepth 1 ! -name "$(node -p process.arch)" -exec rm -r {} +

# ONNX Runtime's CUDA libraries, which npm's package is too small for.
FROM modules AS modules-cuda
RUN node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12

FROM nvidia/cuda:${CUDA}-cudnn-runtime-ubuntu24.04 AS gpu
RUN useradd --system --uid 10001 vitcx
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /vitcx
COPY --from=modules-cuda /vitcx/node_modules node_modules
# A worker whose CUDA libraries miss one of theirs would work, on the CPU. libcuda.so.1 is the driver's, and comes with the instance.
RUN LD_LIBRARY_PATH=node_modules/onnxruntime-node/bin/napi-v6/linux/x64:$LD_LIBRARY_PATH ldd node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so > needed && sed -i '/libcuda\.so\.1 /d' needed && ! grep 'not found' needed && rm needed
# cuDNN is opened when the first convolution wants it, so ldd does not know of it.
RUN ldconfig -p > known && grep 'libcudnn\.so\.9 ' known && rm known
# Libraries that cannot be loaded in this system fail here, and not where the image runs.
RUN node -e "for (const name of ['onnxruntime-node', 'sharp', 'fs-native-extensions']) require(name)"
COPY models models
COPY --from=build /vitcx/dist dist
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 VITCX_MODELS=/vitcx/models VITCX_EXECUTION_PROVIDERS=cuda,cpu VITCX_ALIVE_FILE=/tmp/alive
USER 10001
# The worker writes the file every ten seconds. A model that is being loaded may take longer.
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 CMD find /tmp/alive -mmin -3 | grep -q .
# SIGTERM: it gives back the job in hand after the batch in hand, so nothing that keeps signals to itself, as a shell does, must start it. Where
# there is no init (ECS: initProcessEnabled, Docker: --init) it works in a child of process 1, which could not kill itself.
CMD ["node", "dist/worker.mjs"]

FROM public.ecr.aws/lambda/nodejs:24 AS lambda
WORKDIR ${LAMBDA_TASK_ROOT}
COPY --from=modules /vitcx/node_modules node_modules
# Libraries that cannot be loaded in this system fail here, and not where the image runs.
RUN node -e "for (const name of ['onnxruntime-node', 'sharp', 'fs-native-extensions']) require(name)"
COPY models models
COPY --from=build /vitcx/dist dist
# Lambda runs it as a user of its own that may write nothing but /tmp. That user may be none that the image knows, and AWS's SDK wants a
# home to look for its configuration in.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 HOME=/tmp VITCX_MODELS=models VITCX_EXECUTION_PROVIDERS=cpu
CMD ["dist/worker-lambda.handler"]
