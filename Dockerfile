# The API, the page and a worker in one container, or each in one of its own: see docs/one-machine.md and compose.yaml.
#   docker build --target server -t vitcx .

# What npm publishes: JavaScript, the page and the default model.
FROM node:24-bookworm-slim AS package
WORKDIR /vitcx
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY LICENSE README.md tsconfig.json vite.config.ts ./
COPY package package
COPY models models
COPY web web
COPY schema schema
COPY lib lib
COPY functions functions
COPY cli cli
RUN npm run package

# What it needs beside it, for this platform alone.
FROM node:24-bookworm-slim AS modules
WORKDIR /vitcx
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
RUN rm -rf node_modules/onnxruntime-node/bin/napi-v6/win32 node_modules/onnxruntime-node/bin/napi-v6/darwin node_modules/tsx node_modules/esbuild node_modules/@esbuild
RUN find node_modules/onnxruntime-node/bin/napi-v6/linux -mindepth 1 -maxdepth 1 ! -name "$(node -p process.arch)" -exec rm -r {} +

FROM node:24-bookworm-slim AS server
WORKDIR /vitcx
COPY --from=modules /vitcx/node_modules node_modules
COPY --from=package /vitcx/dist/package ./
# Libraries that cannot be loaded in this system fail here, and not where the image runs.
RUN node -e "for (const name of ['onnxruntime-node', 'sharp', 'fs-native-extensions']) require(name)"
RUN ln -s /vitcx/cli/vitcx.js /usr/local/bin/vitcx && install -d -o 10001 -g 10001 /data
# `vitcx models add` adds to the folder `models` of where it is called, which is /data/models.
WORKDIR /data
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 HOST=0.0.0.0 VITCX_DATA=/data
VOLUME /data
EXPOSE 4000
USER 10001
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/health').then(({ ok }) => process.exit(ok ? 0 : 1))"]
# SIGTERM: it stops to listen, and its worker gives back the job in hand.
CMD ["vitcx", "serve"]
