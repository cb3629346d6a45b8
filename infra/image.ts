/** The worker's image, built and pushed when it is deployed; that alone needs Docker. Changes with its content. */
export function workerImage(target: "gpu" | "lambda") {
  const repository = new aws.ecr.Repository("WorkerImages", {
    forceDelete: $app.stage !== "production",
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfigurations: [{ encryptionType: "AES256" }],
  });
  new aws.ecr.LifecyclePolicy("WorkerImagesKept", {
    repository: repository.name,
    policy: JSON.stringify({
      rules: [
        {
          rulePriority: 1,
          selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 3 },
          action: { type: "expire" },
        },
      ],
    }),
  });
  const login = aws.ecr.getAuthorizationTokenOutput({ registryId: repository.registryId });
  const { ref } = new dockerbuild.Image("WorkerImage", {
    context: { location: "." },
    dockerfile: { location: "functions/worker.Dockerfile" },
    target,
    platforms: [dockerbuild.Platform.Linux_amd64],
    push: true,
    tags: [$interpolate`${repository.repositoryUrl}:${target}`],
    registries: [{ address: login.proxyEndpoint, username: login.userName, password: $util.secret(login.password) }],
  });
  return { ref, repository };
}
