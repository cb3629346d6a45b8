/** What one subscriber has seen. */
export interface Seen {
  /** In the order of arrival. */
  readonly sequences: number[];
  /** Milliseconds from each event's time to its arrival. */
  readonly delays: number[];
  /** How often it had to resume. */
  readonly resumed: number;
}

const FINAL = /"__typename":"(Succeeded|Failed|Canceled)Event"/;

/**
 * Watches an explanation to its end, as a client does that loses its connection: hangs up after an event now and then (as
 * `random` has it), and resumes after the last event it has seen, at another of the APIs.
 */
export async function subscribe(apis: readonly string[], id: string, random: () => number): Promise<Seen> {
  const sequences: number[] = [];
  const delays: number[] = [];
  for (let resumed = 0; ; resumed++) {
    const after = sequences[sequences.length - 1] ?? 0;
    const query = `subscription { explanationProgress(id: "${id}", after: ${after}) { __typename sequence time } }`;
    const headers = { "content-type": "application/json", accept: "text/event-stream" };
    const init = { method: "POST", headers, body: JSON.stringify({ query }) };
    const stream = await fetch(`${apis[Math.floor(random() * apis.length)]}/graphql`, init);
    let rest = "";
    for await (const chunk of stream.body!) {
      const messages = (rest + Buffer.from(chunk).toString()).split("\n\n");
      rest = messages.pop() ?? "";
      let hangUp = false;
      for (const message of messages) {
        if (message.includes('"errors"')) throw new Error(message);
        const sequence = /"sequence":(\d+)/.exec(message)?.[1];
        const time = /"time":"([^"]+)"/.exec(message)?.[1];
        if (sequence === undefined || time === undefined) continue;
        sequences.push(Number(sequence));
        delays.push(Date.now() - Date.parse(time));
        if (FINAL.test(message)) return { sequences, delays, resumed };
        hangUp ||= random() < 0.15;
      }
      if (hangUp) break;
    }
  }
}
