import { expect, it } from '@jest/globals';
import type { Task, WorkList } from '../../ports.ts';
import { type Behaviour, channelContract } from '../../testing/channel-contract.ts';
import { chosenMessage, plain, taskContent, view } from '../../testing/chosen.ts';
import { createTaskChannel } from './send.ts';

class MemoryWorkList implements WorkList {
  readonly tasks = new Map<string, Task & { withdrawn?: string }>();
  behaviour: Behaviour = 'accept';
  async add(task: Task): Promise<void> {
    if (this.behaviour === 'away') throw Object.assign(new Error('connect to secret-host'), { code: 'ECONNREFUSED' });
    if (!this.tasks.has(task.candidateId)) this.tasks.set(task.candidateId, task);
  }
  async withdraw(candidateId: string, code: string): Promise<void> {
    const task = this.tasks.get(candidateId);
    if (task !== undefined) this.tasks.set(candidateId, { ...task, withdrawn: code });
  }
}

const message = chosenMessage({ channel: 'task', audience: 'staff:sales', address: null });
const order = { message, content: taskContent({ title: ' Call Ada ' }), view };

channelContract(
  'task',
  async () => {
    const workList = new MemoryWorkList();
    return {
      channel: createTaskChannel({ workList, render: plain }),
      order,
      behave: (behaviour) => {
        workList.behaviour = behaviour;
      },
      taken: () => [...workList.tasks.keys()],
      async close() {},
    };
  },
  { behaviours: ['accept', 'away'], secrets: ['secret-host', 'Ada'], onRepeat: 'absorbed' },
);

it('a task says what to do, for whom, until when, and can be taken back', async () => {
  const workList = new MemoryWorkList();
  const channel = createTaskChannel({ workList, render: plain });
  await channel.prepare(order).send(AbortSignal.timeout(1_000));
  expect(workList.tasks.get('c-1')).toMatchObject({
    title: 'Call Ada',
    role: 'sales',
    personId: 'user:42',
    untilMs: message.expiresAtMs,
  });
  await channel.withdraw?.({ candidateId: 'c-1', personId: 'user:42', code: 'EXITED', causeMessageId: null, atMs: 0 });
  expect(workList.tasks.get('c-1')?.withdrawn).toBe('EXITED');
});

it('a task to a customer cannot be made', () => {
  const channel = createTaskChannel({ workList: new MemoryWorkList(), render: plain });
  expect(() => channel.prepare({ ...order, message: chosenMessage({ channel: 'task' }) })).toThrow(/staff/);
});
