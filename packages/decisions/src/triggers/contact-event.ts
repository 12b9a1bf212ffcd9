import type { ContactEvent, EnrichedEvent } from '@kairos/contracts';
import { endsOfBlock } from '../compile-trigger.ts';
import type { CompiledMatch, CompiledPlaybook } from '../compile-types.ts';
import {
  type FailedDefinition,
  hasFailed,
  NONE_FAILED,
  noteThrown,
  takeFailure,
  withFailureOf,
} from '../conditions/failure.ts';
import type { ConditionScope } from '../conditions/types.ts';
import { EventScope } from './detect.ts';

export interface ForArbitration {
  /** Null where it need not hear of the event. */
  readonly contactEvent: ContactEvent | null;
  /** Contact rules that could not be evaluated: they count as not set off. */
  readonly failed: readonly FailedDefinition[];
}

/**
 * What arbitration must hear of an event: that addresses, zone or consent changed, which blocking rules it sets off, or that
 * it may end one. Nothing of all others.
 */
export function contactEventOf(event: EnrichedEvent, playbook: CompiledPlaybook | undefined): ForArbitration {
  const isNamed = playbook?.blockingEvents.has(event.name) ?? false;
  if (!isNamed && event.contact === null) return NOTHING;
  const { blocks, failed } = blocksOf(event, playbook);
  // Whether there is a block to end, arbitration knows.
  const isEnd = playbook?.contactRules.some(({ definition }) => endsOfBlock(definition).includes(event.name)) ?? false;
  if (event.contact === null && blocks.length === 0 && !isEnd) return { contactEvent: null, failed };
  const contactEvent = {
    personId: event.personId,
    name: event.name,
    messageId: event.messageId,
    // A complaint of last year, imported today, blocks from last year on.
    atMs: event.backfill ? event.occurredAtMs : event.loggedAtMs,
    contact: event.contact,
    blocks,
  };
  return { contactEvent, failed };
}

const NOTHING: ForArbitration = { contactEvent: null, failed: NONE_FAILED };

function blocksOf(
  event: EnrichedEvent,
  playbook: CompiledPlaybook | undefined,
): Pick<ForArbitration, 'failed'> & { readonly blocks: readonly string[] } {
  const scope = new EventScope(event);
  const blocks: string[] = [];
  let failed = NONE_FAILED;
  takeFailure();
  for (const { ruleId, match } of playbook?.blockedBy.get(event.name) ?? []) {
    if (meetsAlone(match, scope)) blocks.push(ruleId);
    if (hasFailed()) failed = withFailureOf({ kind: 'ContactRule', id: ruleId }, failed);
  }
  return { blocks, failed };
}

/** A rule that throws is as if it had not met the event: no consent and no other rule is lost with it. */
function meetsAlone(match: CompiledMatch, scope: ConditionScope): boolean {
  try {
    return match.matches(scope);
  } catch (error) {
    noteThrown(error);
    return false;
  }
}
