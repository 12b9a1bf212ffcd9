import type { PublishedPlaybook } from '@kairos/decisions';
import type { Playbooks } from '../ports.ts';

/** What this adapter needs of a reader of playbook.published. */
export interface PlaybookSource {
  /** Resolves when everything up to the offset was read. */
  readTo(offset: number): Promise<unknown>;
  /** The playbook that was activated at the offset. */
  at(offset: number): PublishedPlaybook | undefined;
}

/** Content by playbook, found once per playbook. */
export function createPlaybooks(source: PlaybookSource): Playbooks {
  const indexed = new WeakMap<PublishedPlaybook, Map<string, PublishedPlaybook['definitions'][number]>>();
  const indexOf = (playbook: PublishedPlaybook) => {
    const known = indexed.get(playbook);
    if (known !== undefined) return known;
    const index = new Map(playbook.definitions.map((definition) => [`${definition.kind}/${definition.id}`, definition]));
    indexed.set(playbook, index);
    return index;
  };
  return {
    async contentOf({ playbookOffset, messageId, channel }) {
      await source.readTo(playbookOffset);
      const playbook = source.at(playbookOffset);
      if (playbook === undefined) return { content: undefined, company: undefined };
      const message = indexOf(playbook).get(`Message/${messageId}`);
      const company = playbook.definitions.find((definition) => definition.kind === 'Company');
      const content =
        message?.kind === 'Message' ? message.channels.find((one) => one.channel === channel) : undefined;
      return { content, company };
    },
  };
}
