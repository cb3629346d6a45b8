import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface LocalEcs {
  readonly endpoint: string;
  /** How many tasks each service shall have, by `<cluster>/<service>`; others do not exist. */
  readonly desired: Map<string, number>;
  /** The actions that were asked for, in order. */
  readonly actions: string[];
  /** What it answers from now on, whatever it is asked: an error of AWS's. */
  refuse(name: string): void;
  stop(): void;
}

interface Asked {
  readonly cluster: string;
  readonly services?: readonly string[];
  readonly service?: string;
  readonly desiredCount?: number;
}

/** The two actions of ECS that wake a service, over AWS's JSON protocol. */
export async function startLocalEcs(services: Readonly<Record<string, number>>): Promise<LocalEcs> {
  const desired = new Map(Object.entries(services));
  const actions: string[] = [];
  let refusal: string | undefined;

  const described = (cluster: string, service: string) => {
    const desiredCount = desired.get(`${cluster}/${service}`);
    return desiredCount === undefined ? [] : [{ serviceName: service, status: "ACTIVE", desiredCount, runningCount: 0 }];
  };
  function answer(action: string, { cluster, services = [], service = "", desiredCount }: Asked): [status: number, body: object] {
    if (refusal !== undefined) return [400, { __type: refusal, message: refusal }];
    if (action === "DescribeServices")
      return [200, { services: services.flatMap((name) => described(cluster, name)), failures: [] }];
    if (action !== "UpdateService" || desiredCount === undefined) return [400, { __type: "UnknownOperationException" }];
    desired.set(`${cluster}/${service}`, desiredCount);
    return [200, { service: described(cluster, service)[0] }];
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const action = String(request.headers["x-amz-target"]).replace("AmazonEC2ContainerServiceV20141113.", "");
    actions.push(action);
    const [status, body] = answer(action, JSON.parse(text) as Asked);
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    desired,
    actions,
    refuse: (name) => (refusal = name),
    stop: () => server.close().closeAllConnections(),
  };
}
