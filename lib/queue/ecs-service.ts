import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";

/** For both calls together. The request that wakes waits for it, and the alarm does the same a minute or two later. */
const TIMEOUT_MS = 3000;

/**
 * Raises a service of ECS from no task to one; credentials and region are the environment's. It lowers none: a service that has
 * tasks is left as it is. (Where an alarm asks for more than one between the two calls, it asks again within a minute.)
 *
 * @param name `<cluster>/<service>`
 * @returns whether the service was raised
 */
export function ecsService(name: string): () => Promise<boolean> {
  const client = new ECSClient({ maxAttempts: 2 });
  const [cluster, service] = name.split("/") as [string, string];
  return async () => {
    const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
    const { services = [] } = await client.send(new DescribeServicesCommand({ cluster, services: [service] }), { abortSignal });
    const [found] = services;
    if (found === undefined) throw new Error(`There is no service ${name} in ECS`);
    if (found.desiredCount !== 0) return false;
    await client.send(new UpdateServiceCommand({ cluster, service, desiredCount: 1 }), { abortSignal });
    return true;
  };
}
