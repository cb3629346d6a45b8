import { resolve } from "node:path";

/**
 * The worker's image, built and pushed at deployment; nothing else needs Docker. `uri` names it by its digest alone, so it changes with the
 * content. Lambda refuses a tag beside a digest.
 */
export function workerImage(target: "gpu" | "lambda", platform: "linux/amd64" | "linux/arm64" = "linux/amd64") {
  if (target === "lambda") refuseAttestations(process.env);
  const repository = new aws.ecr.Repository("WorkerImages", {
    // Pulumi would name it after "WorkerImages", and ECR takes no capitals.
    name: `${$app.name}-${$app.stage}-worker`.toLowerCase(),
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
  const { digest } = new dockerbuild.Image("WorkerImage", {
    // The provider runs in .sst/platform, so relative paths would lead there.
    context: { location: resolve(".") },
    dockerfile: { location: resolve("functions/worker.Dockerfile") },
    target,
    platforms: [platform],
    push: true,
    tags: [$interpolate`${repository.repositoryUrl}:${target}`],
    registries: [{ address: login.proxyEndpoint, username: login.userName, password: $util.secret(login.password) }],
  });
  return { uri: $interpolate`${repository.repositoryUrl}@${digest}`, repository };
}

/**
 * BuildKit adds a provenance attestation by default where Docker keeps images in containerd, and Lambda refuses the index that results
 * (https://github.com/aws/aws-lambda-roadmap/issues/82). The provider has no option for it; BuildKit's variable is all there is.
 */
function refuseAttestations(environment: Readonly<Record<string, string | undefined>>): void {
  const name = "BUILDX_NO_DEFAULT_ATTESTATIONS";
  if (["1", "true"].includes(environment[name] ?? "")) return;
  throw new Error(
    `Expected ${name} to be 1, got ${environment[name] || "nothing"}: Lambda refuses an image with attestations. Run: export ${name}=1`,
  );
}
