// docs/deploy.md says how to use it. Nothing may be imported up here: SST evaluates app() before the rest.
export default $config({
  app(input) {
    const production = input?.stage === "production";
    return {
      name: "vitcx",
      home: "aws",
      version: "4.17.1",
      removal: production ? "retain" : "remove",
      protect: production,
      providers: {
        aws: { region: (process.env.AWS_REGION ?? "eu-central-1") as "eu-central-1" },
        "docker-build": "0.0.14",
      },
    };
  },
  async run() {
    const { readStage } = await import("./infra/stage.ts");
    const { acceptUploads, storage } = await import("./infra/storage.ts");
    const { alarms } = await import("./infra/alarms.ts");
    const { api } = await import("./infra/api.ts");

    const options = readStage($app.stage);
    const store = storage(options);
    const gpu = options.worker === "gpu" ? await gpuStage() : undefined;
    if (!gpu) (await import("./infra/worker-cpu.ts")).cpuWorker(store, options);
    const { url, nodes } = api(store, options, gpu);
    alarms(store, options, nodes.function, gpu);
    (await import("./infra/dashboard.ts")).dashboard(store, nodes.function, gpu);
    acceptUploads(store, [url.apply((each) => new URL(each).origin), ...options.origins]);
    return { url, bucket: store.bucket.name, queue: store.queue.url };

    async function gpuStage() {
      const { gpuWorker } = await import("./infra/worker-gpu.ts");
      const { keepMetrics } = await import("./infra/keep-metrics.ts");
      keepMetrics(store);
      return gpuWorker(store, options);
    }
  },
});
