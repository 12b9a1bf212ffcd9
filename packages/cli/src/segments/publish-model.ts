import type { Definition } from '@kairos/decisions';
import {
  formatIssue,
  fromRecords,
  parsePlaybook,
  toRecords,
  type UnversionedModel,
  writeModel,
} from '@kairos/playbook';
import { CliError } from '../exit.ts';
import type { OpenLog } from '../house/log.ts';
import { readPublished } from '../replay/playbooks.ts';

/** Reads the model as the playbook will, beside what is live. Throws what lint finds. */
export function checkedModel(model: UnversionedModel, beside: readonly Definition[]): Definition {
  const { definitions, issues } = parsePlaybook([{ path: `${model.id}.yaml`, text: writeModel(model) }], { beside });
  const faults = issues.filter(({ severity }) => severity === 'error');
  const [definition] = definitions;
  if (faults.length > 0 || definition === undefined) {
    throw new CliError(
      `The model does not fit the playbook, nothing was published:\n${faults.map((fault) => `  ${formatIssue(fault)}`).join('\n')}`,
    );
  }
  return definition;
}

/** Puts the model into the live playbook, in the place of one of the same id. Answers the new version. */
export async function publishModel(log: OpenLog, model: UnversionedModel): Promise<string> {
  const live = fromRecords(await readPublished(log));
  if (live === null) throw new CliError('No playbook is live: publish one with kairos playbook publish <folder>.');
  if (live.timeScale !== 1) {
    throw new CliError(
      `The live playbook runs ${live.timeScale} times faster for a demonstration: write the model with --out into the playbook's folder, and publish that.`,
    );
  }
  const definition = checkedModel(model, live.definitions);
  const others = live.definitions.filter(({ kind, id }) => kind !== 'Model' || id !== model.id);
  const records = toRecords([...others, definition], {
    timeScale: 1,
    publishedAtMs: Date.now(),
    publishedBy: 'kairos segments fit',
  });
  const producer = await log.kafka.producer();
  try {
    await producer.send(
      records.map(({ key, value }) => ({
        topic: 'playbook.published',
        partition: 0,
        key,
        value: log.serde.encode('playbook.published', value),
      })),
    );
  } finally {
    await producer.close();
  }
  return records.at(-1)?.value.activation?.version ?? '';
}
