import pLimit from "p-limit";

/** Longer than a job takes. The protection of a worker that never says that it is done ends by itself. */
const EXPIRES_MINUTES = 60;

/** For one word to the agent, which asks ECS. */
const TIMEOUT_MS = 3000;

export interface ScaleInProtection {
  /** Keeps ECS from ending this container when it wants fewer; resolves when ECS knows, or could not be told. */
  readonly hold: () => Promise<void>;
  /** ECS may end this container, unless it is held again within `idleMs`. */
  readonly letGo: () => void;
}

/**
 * ECS's protection of a task from scale-in and deployments, while it has work: only idle containers go when a service shrinks. A
 * worker that goes from job to job stays protected, so ECS hears of the beginning and the end of its work and not of every job. Does
 * nothing outside of ECS, and never throws: an unprotected worker gives its job back when it has to end.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
 *
 * @param agentUri ECS_AGENT_URI, as ECS gives it to every container
 */
export function scaleInProtection(
  agentUri: string | undefined,
  onError: (error: unknown) => void,
  { idleMs = 5000 } = {},
): ScaleInProtection {
  if (!agentUri) return { hold: async () => undefined, letGo: () => undefined };
  /** One word after the other, so that a late letting go cannot undo a hold. */
  const limit = pLimit(1);
  let goodUntil = 0;
  let timer: NodeJS.Timeout | undefined;

  async function say(ProtectionEnabled: boolean): Promise<void> {
    const response = await fetch(`${agentUri}/task-protection/v1/state`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ProtectionEnabled, ...(ProtectionEnabled && { ExpiresInMinutes: EXPIRES_MINUTES }) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // A refusal has `failure` or `error` in this place.
    const answer = await response.text();
    const { protection } = JSON.parse(answer) as { protection?: { ProtectionEnabled: boolean } };
    if (protection?.ProtectionEnabled !== ProtectionEnabled) throw new Error(`ECS refused a scale-in protection: ${answer}`);
    goodUntil = ProtectionEnabled ? Date.now() + (EXPIRES_MINUTES / 2) * 60_000 : 0;
  }

  const inTurn = (step: () => Promise<void>) => limit(step).catch(onError);
  const hold = () => {
    clearTimeout(timer);
    return inTurn(async () => (Date.now() < goodUntil ? undefined : say(true)));
  };
  const letGo = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void inTurn(() => say(false)), idleMs).unref();
  };
  return { hold, letGo };
}
