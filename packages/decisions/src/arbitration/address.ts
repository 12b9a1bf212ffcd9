import type { Channel } from '../definitions.ts';
import { normalizeE164 } from '../profiles/person-id.ts';
import type { Case } from './gates.ts';

/**
 * Where a message goes on a channel, frozen with the choice: the e-mail address; the phone number in E.164; the customer's own id on the site (or the
 * person's id); the role for a task. A webhook's URL is in the message, so there is none to freeze (null).
 * Undefined = not known.
 */
export function addressOf({ proposal, state, playbook }: Case, channel: Channel): string | null | undefined {
  switch (channel) {
    case 'email':
      return state.contact?.email ?? undefined;
    case 'sms':
      return normalizeE164(state.contact?.phone ?? '') ?? undefined;
    case 'onsite':
      return state.contact?.userId ?? proposal.personId;
    case 'task':
      return proposal.audience.slice('staff:'.length);
    case 'webhook': {
      const content = playbook.messages.get(proposal.messageId)?.channels.find((one) => one.channel === 'webhook');
      return content?.channel === 'webhook' ? content.url : undefined;
    }
  }
}
