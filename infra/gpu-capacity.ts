import { policyOf, roleOf } from "./role.ts";

/** Instances with one NVIDIA GPU of 16 GB or more and four CPUs (L4, T4, A10G), by what an explanation costs: see docs/deploy.md. */
const INSTANCE_TYPES = ["g6.xlarge", "g4dn.xlarge", "g5.xlarge"];

/** A cluster whose GPU instances come when a task wants one, and go when none does. */
export function gpuCapacity(maxInstances: number, spot: boolean) {
  const name = `${$app.name}-${$app.stage}-gpu`;
  const vpc = new sst.aws.Vpc("Vpc"); // two zones with public subnets: no NAT gateway to pay for
  const cluster = new aws.ecs.Cluster("GpuCluster", { name });
  const role = new aws.iam.Role("GpuInstanceRole", {
    assumeRolePolicy: roleOf("ec2.amazonaws.com"),
    inlinePolicies: policyOf(agentStatements(cluster)),
  });
  const closed = new aws.ec2.SecurityGroup("GpuInstances", {
    vpcId: vpc.id,
    egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }], // nothing may come in
  });
  const template = new aws.ec2.LaunchTemplate("GpuTemplate", {
    imageId: aws.ssm.getParameterOutput({
      name: "/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id",
    }).value,
    iamInstanceProfile: { arn: new aws.iam.InstanceProfile("GpuInstanceProfile", { role: role.name }).arn },
    networkInterfaces: [{ associatePublicIpAddress: "true", securityGroups: [closed.id] }],
    metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
    blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { volumeSize: 60, volumeType: "gp3", encrypted: "true" } }],
    // The last one: a container's log is written with its task's execution role, so the instance needs no right to.
    userData: Buffer.from(
      `#!/bin/bash\nprintf 'ECS_CLUSTER=${name}\\nECS_ENABLE_GPU_SUPPORT=true\\nECS_AWSVPC_BLOCK_IMDS=true\\nECS_ENABLE_SPOT_INSTANCE_DRAINING=true\\nECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true\\n' >> /etc/ecs/ecs.config\n`,
    ).toString("base64"),
  });
  const group = new aws.autoscaling.Group(
    "GpuGroup",
    {
      minSize: 0,
      maxSize: maxInstances,
      vpcZoneIdentifiers: vpc.publicSubnets,
      protectFromScaleIn: true,
      forceDelete: true,
      mixedInstancesPolicy: {
        // The first instance is never a Spot instance, so that there is one where no Spot capacity is to be had. A job on an instance
        // that is taken away begins again elsewhere.
        instancesDistribution: {
          onDemandBaseCapacity: 1,
          onDemandPercentageAboveBaseCapacity: spot ? 0 : 100,
          onDemandAllocationStrategy: "prioritized",
          spotAllocationStrategy: "price-capacity-optimized",
        },
        launchTemplate: {
          launchTemplateSpecification: { launchTemplateId: template.id, version: "$Latest" },
          overrides: INSTANCE_TYPES.map((instanceType) => ({ instanceType })),
        },
      },
      tags: [{ key: "AmazonECSManaged", value: "true", propagateAtLaunch: true }],
    },
    { ignoreChanges: ["desiredCapacity"] },
  );
  const capacity = new aws.ecs.CapacityProvider("GpuCapacity", {
    name,
    autoScalingGroupProvider: {
      autoScalingGroupArn: group.arn,
      managedDraining: "ENABLED",
      managedTerminationProtection: "ENABLED",
      managedScaling: { status: "ENABLED", targetCapacity: 100, minimumScalingStepSize: 1, maximumScalingStepSize: maxInstances },
    },
  });
  const attached = new aws.ecs.ClusterCapacityProviders("GpuClusterCapacity", {
    clusterName: cluster.name,
    capacityProviders: [capacity.name],
  });
  return { cluster, capacity, attached };
}

/**
 * What ECS's agent on an instance does: it joins this cluster, hears from it and tells it. The image and the log are the task's own
 * business. Asking where ECS is to be found is the one thing that AWS lets be limited to no resource.
 */
function agentStatements(cluster: aws.ecs.Cluster) {
  return [
    {
      actions: [
        "ecs:RegisterContainerInstance",
        "ecs:DeregisterContainerInstance",
        "ecs:SubmitAttachmentStateChanges",
        "ecs:SubmitContainerStateChange",
        "ecs:SubmitTaskStateChange",
      ],
      resources: [cluster.arn],
    },
    {
      actions: ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"],
      resources: [inCluster("container-instance", cluster)],
    },
    { actions: ["ecs:DiscoverPollEndpoint"], resources: ["*"] },
  ];
}

/** Everything of one kind in a cluster. */
export function inCluster(kind: "container-instance" | "task", cluster: aws.ecs.Cluster) {
  const [{ region }, { accountId }] = [aws.getRegionOutput(), aws.getCallerIdentityOutput()];
  return $interpolate`arn:aws:ecs:${region}:${accountId}:${kind}/${cluster.name}/*`;
}
