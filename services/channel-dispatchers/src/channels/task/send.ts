import type { ChannelAdapter, Order, RenderTemplate, WorkList } from '../../ports.ts';
import { answerOfStore } from '../store-answer.ts';
import { renderTask, type TaskContent, taskSpec } from './spec.ts';

interface TaskOptions {
  readonly workList: WorkList;
  readonly render: RenderTemplate;
}

/** Puts what staff should do on their work-list. */
export const createTaskChannel = ({ workList, render }: TaskOptions): ChannelAdapter => ({
  spec: taskSpec,
  prepare(order) {
    const task = renderTask(order as Order<TaskContent>, render);
    return { send: async () => await answerOfStore(async () => await workList.add(task), task.candidateId) };
  },
  async withdraw({ candidateId, code }) {
    await workList.withdraw(candidateId, code);
  },
  async close() {},
});
