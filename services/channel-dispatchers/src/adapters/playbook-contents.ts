import type { CompanyDefinition, Definition, MessageDefinition } from '@kairos/decisions';
import type { PlaybookReader } from '@kairos/stream-kit';
import type { Playbooks } from '../ports.ts';

/** What the channels need of a playbook. */
export interface Contents {
  readonly company: CompanyDefinition | undefined;
  readonly messages: ReadonlyMap<string, MessageDefinition>;
}

/** Picks it out of a playbook's definitions. */
export function contentsOf(definitions: readonly unknown[]): Contents {
  const all = definitions as readonly Definition[];
  const messages = all.filter((definition) => definition.kind === 'Message');
  return {
    company: all.find((definition) => definition.kind === 'Company'),
    messages: new Map(messages.map((message) => [message.id, message])),
  };
}

/** How long a message waits for its playbook before another one gets its place. */
const PATIENCE_MS = 2_000;

/** Content by the playbook under which a message was chosen. */
export const createPlaybooks = (reader: Pick<PlaybookReader<Contents>, 'readTo' | 'at'>): Playbooks => ({
  async contentOf({ playbookOffset, messageId, channel }) {
    if (reader.at(playbookOffset) === undefined && !(await isReadTo(reader, playbookOffset))) return undefined;
    const contents = reader.at(playbookOffset);
    const content = contents?.messages.get(messageId)?.channels.find((one) => one.channel === channel);
    return { content, company: contents?.company };
  },
});

async function isReadTo(reader: Pick<PlaybookReader<Contents>, 'readTo'>, offset: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS);
  });
  try {
    return await Promise.race([reader.readTo(offset).then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
