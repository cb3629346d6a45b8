import { gpuCapacity, inCluster } from "./gpu-capacity.ts";
import { workerImage } from "./image.ts";
import { logGroup, namespace, writing } from "./logs.ts";
import { policyOf, roleOf } from "./role.ts";
import { scaleOnQueue } from "./scaling.ts";
import type { StageOptions } from "./stage.ts";
import { type Storage, storageVariables, workerStatements } from "./storage.ts";

/** The worker as a service of containers with a GPU each, none of them while the queue is empty. */
export function gpuWorker(store: Storage, options: Pick<StageOptions, "gpuTasks" | "gpuSpot" | "targetWaitSeconds">) {
  const { cluster, capacity, attached } = gpuCapacity(options.gpuTasks, options.gpuSpot);
  const logs = logGroup("WorkerLogs", "worker");
  const { uri, repository } = workerImage("gpu");
  const region = aws.getRegionOutput().region;
  const environment = { ...storageVariables(store), AWS_REGION: region, VITCX_LEASE_SECONDS: "60", VITCX_METRICS: namespace() };
  const container = {
    name: "worker",
    image: uri,
    essential: true,
    cpu: 3584,
    memoryReservation: 12_288,
    // The image's own HEALTHCHECK is not read by ECS.
    healthCheck: {
      command: ["CMD-SHELL", "find /tmp/alive -mmin -3 | grep -q ."],
      interval: 30,
      timeout: 5,
      retries: 3,
      startPeriod: 120,
    },
    stopTimeout: 120,
    // The kernel keeps process 1 from killing itself, which a worker does whose pass never ends.
    linuxParameters: { initProcessEnabled: true },
    resourceRequirements: [{ type: "GPU", value: "1" }],
    environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
    logConfiguration: {
      logDriver: "awslogs",
      options: { "awslogs-group": logs.name, "awslogs-region": region, "awslogs-stream-prefix": "worker" },
    },
  };
  const task = new aws.ecs.TaskDefinition("WorkerTask", {
    family: `${$app.name}-${$app.stage}-worker`,
    requiresCompatibilities: ["EC2"],
    networkMode: "bridge", // out through the instance's public address
    executionRoleArn: new aws.iam.Role("WorkerExecutionRole", {
      assumeRolePolicy: roleOf("ecs-tasks.amazonaws.com"),
      inlinePolicies: policyOf([
        {
          actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
          resources: [repository.arn],
        },
        // AWS lets this be limited to no resource.
        { actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
        writing(logs),
      ]),
    }).arn,
    taskRoleArn: new aws.iam.Role("WorkerRole", {
      assumeRolePolicy: roleOf("ecs-tasks.amazonaws.com"),
      inlinePolicies: policyOf([
        ...workerStatements(store),
        { actions: ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"], resources: [inCluster("task", cluster)] },
      ]),
    }).arn,
    containerDefinitions: $jsonStringify([container]),
  });
  const service = new aws.ecs.Service(
    "WorkerService",
    {
      cluster: cluster.arn,
      taskDefinition: task.arn,
      desiredCount: 0,
      capacityProviderStrategies: [{ capacityProvider: capacity.name, weight: 1 }],
      deploymentMinimumHealthyPercent: 0,
      deploymentMaximumPercent: 100,
      propagateTags: "SERVICE",
    },
    { ignoreChanges: ["desiredCount"], dependsOn: [attached] },
  );
  scaleOnQueue({ cluster, service, queue: store.queue }, options);
  return { cluster, service, logs };
}

export type GpuWorker = ReturnType<typeof gpuWorker>;
