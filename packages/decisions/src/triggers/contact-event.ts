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
  /** Contact rules that could not be evaluated: whether they were set off nobody knows, so they hold marketing. */
  readonly failed: readonly FailedDefinition[];
}

/**
 * What arbitration must hear of an event: that addresses, zone or consent changed, which blocking rules it sets off, or that
 * it may end one. Nothing of all others.
 */
export function contactEventOf(event: EnrichedEvent, playbook: CompiledPlaybook | undefined): ForArbitration {
  const isNamed = playbook?.blockingEvents.has(event.name) ?? false;
  if (!isNamed && event.contact === null) return NOTHING;
  const { blocks, failedBlocks, failed } = blocksOf(event, playbook);
  // Whether there is a block to end, arbitration knows.
  const isEnd = playbook?.contactRules.some(({ definition }) => endsOfBlock(definition).includes(event.name)) ?? false;
  const isSilent = event.contact === null && blocks.length === 0 && failedBlocks.length === 0 && !isEnd;
  if (isSilent) return { contactEvent: null, failed };
  const contactEvent = {
    personId: event.personId,
    name: event.name,
    messageId: event.messageId,
    // A complaint of last year, imported today, blocks from last year on.
    atMs: event.backfill ? event.occurredAtMs : event.loggedAtMs,
    contact: event.contact,
    blocks,
    failedBlocks: [...failedBlocks],
  };
  return { contactEvent, failed };
}

const NOTHING: ForArbitration = { contactEvent: null, failed: NONE_FAILED };

interface Blocking {
  readonly blocks: string[];
  readonly failedBlocks: readonly string[];
  readonly failed: readonly FailedDefinition[];
}

function blocksOf(event: EnrichedEvent, playbook: CompiledPlaybook | undefined): Blocking {
  const scope = new EventScope(event);
  const blocks: string[] = [];
  const failedBlocks: string[] = [];
  let failed = NONE_FAILED;
  takeFailure();
  for (const { ruleId, match } of playbook?.blockedBy.get(event.name) ?? []) {
    if (meetsAlone(match, scope)) blocks.push(ruleId);
    if (!hasFailed()) continue;
    failedBlocks.push(ruleId);
    failed = withFailureOf({ kind: 'ContactRule', id: ruleId }, failed);
  }
  // What another event of the rule's list sets off for sure needs no doubt beside it.
  return { blocks, failedBlocks: failedBlocks.filter((ruleId) => !blocks.includes(ruleId)), failed };
}

/** A rule that throws has not met the event: no consent and no other rule is lost with it. */
function meetsAlone(match: CompiledMatch, scope: ConditionScope): boolean {
  try {
    return match.matches(scope);
  } catch (error) {
    noteThrown(error);
    return false;
  }
}
