/** A process as the console's live flow shows it. */
export interface ShownProcess {
  readonly name: string;
  readonly partitions: number;
}

/** Somebody who has logged in to the console and looks at the live flow. */
export class ConsoleFlow {
  readonly #url: string;
  readonly #cookie: string;

  private constructor(url: string, cookie: string) {
    this.#url = url;
    this.#cookie = cookie;
  }

  static async open(url: string, password: string): Promise<ConsoleFlow> {
    const answer = await fetch(`${url}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password }),
    });
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
    if (!answer.ok || cookie === undefined) throw new Error(`the console lets nobody in: ${answer.status}`);
    return new ConsoleFlow(url, cookie);
  }

  /** Who shares the work of a stage, by the stage's name in the flow. */
  async processesOf(stageId: string): Promise<readonly ShownProcess[]> {
    const answer = await fetch(`${this.#url}/api/flow`, { headers: { cookie: this.#cookie } });
    if (!answer.ok) throw new Error(`the console does not show the flow: ${answer.status}`);
    const { stages } = (await answer.json()) as { stages: { id: string; processes: ShownProcess[] }[] };
    return stages.find(({ id }) => id === stageId)?.processes ?? [];
  }
}
