import { type errors, KairosError } from '@kairos/contracts';
import { request } from 'undici';
import type { TaskList, TaskStep, WorkList } from '../ports.ts';

const TIMEOUT_MS = 10_000;

/** The work list over HTTP: channel-dispatchers keep it, and send home what is said of a task. */
export class HttpWorkList implements WorkList {
  readonly #baseUrl: string;
  readonly #token: string;

  constructor(baseUrl: string, token: string) {
    this.#baseUrl = baseUrl;
    this.#token = token;
  }

  async list(): Promise<TaskList> {
    return (await this.#ask('GET', '/v1/tasks')) as TaskList;
  }

  async step(candidateId: string, step: TaskStep, body: unknown): Promise<unknown> {
    return this.#ask('POST', `/v1/tasks/${encodeURIComponent(candidateId)}/${step}`, body);
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const { statusCode, body: answered } = await request(new URL(path, this.#baseUrl), {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    const answer: unknown = await answered.json().catch(() => null);
    if (statusCode === 200) return answer;
    throw refusalOf(answer) ?? new KairosError('INTERNAL', `channel-dispatchers answered ${statusCode}`);
  }
}

/** A refusal that is about the task is passed on as it was said; one about our own token is a fault of the house. */
function refusalOf(answer: unknown): KairosError | null {
  const { code, message, field } = (answer ?? {}) as { code?: unknown; message?: unknown; field?: unknown };
  if (typeof code !== 'string' || !isPassedOn(code) || typeof message !== 'string') return null;
  return new KairosError(code, message, typeof field === 'string' ? { field } : {});
}

const passedOn = [
  'TASK_TAKEN',
  'TASK_CLOSED',
  'NOT_FOUND',
  'FIELD_INVALID',
] as const satisfies readonly (keyof typeof errors)[];
const isPassedOn = (code: string): code is (typeof passedOn)[number] => (passedOn as readonly string[]).includes(code);
