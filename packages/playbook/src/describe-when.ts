import { formatDuration, type When } from '@kairos/decisions';
import { conditionWords, events, pathWords, valueWords } from './describe-condition.ts';
import { list, quote } from './describe-words.ts';

/** The part of a trigger's sentence that says when: a clause that begins with “When”. */
export function describeWhen(when: When): string {
  switch (when.type) {
    case 'event':
      return `When a customer does ${events(when.events)}`;
    case 'absence': {
      const restart = when.clock === 'restartsOnRepeat' ? ', counted anew from each repeat' : '';
      const latest =
        when.atLatestAfterMs === null ? '' : `, at the latest ${formatDuration(when.atLatestAfterMs)} after the first`;
      const grace = when.graceMs === 0 ? '' : ` (plus ${formatDuration(when.graceMs)} for late news)`;
      return `When a customer does ${events(when.events)} and then not ${events(when.butNot)} for ${formatDuration(when.withinMs)}${grace}${restart}${latest}`;
    }
    case 'inactivity':
      return `When a customer does not do ${when.events === null ? 'anything' : events(when.events)} for ${formatDuration(when.forMs)}`;
    case 'count':
      return countPhrase(when);
    case 'profileChange': {
      const from = when.from === null ? '' : ` from where ${conditionWords(when.from)}`;
      const to = when.to === null ? '' : ` to where ${conditionWords(when.to)}`;
      return `When the ${pathWords(when.path.replace(/^traits\./, ''))} of a customer changes${from}${to}`;
    }
    case 'date':
      return datePhrase(when);
    case 'segment':
      return `When a customer ${when.change} the segment ${quote(when.segment)}`;
    case 'unusual':
      return unusualPhrase(when);
    case 'sequence': {
      const between = when.butNot.length === 0 ? '' : `, with no ${events(when.butNot)} between`;
      const steps = when.followedBy.map((step) => `then ${events([step])}`);
      return `When a customer does ${events(when.events)}, ${list(steps, 'and')}, all within ${formatDuration(when.withinMs)}${between}`;
    }
  }
}

function countPhrase({ events: counted, of, value, atLeast, window }: Extract<When, { type: 'count' }>): string {
  const where =
    window.kind === 'rolling'
      ? `within ${formatDuration(window.ms)}`
      : `within one ${window.per} where ${window.zone === 'person' ? 'the customer lives' : 'the company is'}`;
  const done = events(counted);
  switch (of) {
    case 'count':
      return `When a customer does ${done} ${atLeast === 1 ? 'once' : `${atLeast} times`} ${where}`;
    case 'sum':
      return `When a customer does ${done} and ${measured(value)} comes to ${atLeast} or more in all ${where}`;
    case 'distinct':
      return `When a customer does ${done} with ${atLeast} different values of ${measured(value)} ${where}`;
  }
}

function unusualPhrase(when: Extract<When, { type: 'unusual' }>): string {
  const { events: done, value, per, times, spreads, direction, afterAtLeast } = when;
  const isAbove = direction === 'above';
  const multiple = times === null ? [] : [isAbove ? `at least ${times} times` : `at most 1/${times} of`];
  const far = spreads === null ? [] : [`at least ${spreads} spreads ${direction}`];
  if (per !== null) {
    const length = per.kind === 'rolling' ? formatDuration(per.ms) : `one ${per.per}`;
    const where =
      per.kind === 'rolling'
        ? ', counted from the first one on,'
        : `, by the calendar where ${per.zone === 'person' ? 'the customer lives' : 'the company is'},`;
    const seen = isAbove ? 'told at once' : 'told when the period ends';
    return `When the number of ${events(done)} by a customer in ${length}${where} is ${list([...multiple, ...far], 'and')} what is usual for this customer (the median of up to 32 earlier periods, once ${afterAtLeast} are known), ${seen}`;
  }
  return `When a customer does ${events(done)} and ${measured(value)} is ${list([...multiple, ...far], 'and')} what is usual for this customer (the median of up to 32 earlier values, once ${afterAtLeast} are known)`;
}

function datePhrase(when: Extract<When, { type: 'date' }>): string {
  const { of, path, events: telling, yearly, offsetDays, atWallMs } = when;
  const at = new Date(atWallMs).toISOString().slice(11, 16);
  const days = `${Math.abs(offsetDays)} day${Math.abs(offsetDays) === 1 ? '' : 's'} ${offsetDays < 0 ? 'before' : 'after'}`;
  const name = pathWords(path.replace(/^traits\./, ''));
  // `contractEndsOn` is a moment, `birthday` a day: “30 days before their contract ends”, “on the day of their birthday”.
  const moment = name.replace(/ (?:on|at)$/, '');
  const theirs = `${offsetDays === 0 ? (moment === name ? 'on the day of' : 'on the day') : days} their ${moment}`;
  const told = `${offsetDays === 0 ? 'on the day' : days} ${quote(name)} of the last ${events(telling)}`;
  return `At ${at} where a customer lives, ${of === 'profile' ? theirs : told}${yearly ? ' each year' : ''}`;
}

const measured = (value: string | null): string => (value === null ? '' : valueWords(value));
