import { type Definition, formatDuration, type Scope } from '@kairos/decisions';
import { describeComputedTrait } from './describe-computed.ts';
import { conditionWords, event, events, pathWords, valueWords } from './describe-condition.ts';
import { describeJourney } from './describe-journey.ts';
import { describeModel } from './describe-model.ts';
import { templateWords } from './describe-template.ts';
import { describeTrackingPlan, planPhrase } from './describe-tracking.ts';
import { describeWhen } from './describe-when.ts';
import { channelWords, list, quote } from './describe-words.ts';

type Of<K extends Definition['kind']> = Extract<Definition, { kind: K }>;

/**
 * Any definition as one sentence that a business user can sign. Among the others it looks up what it names; of what is not
 * among them it says only what is true either way.
 */
export function describe(definition: Definition, others: readonly Definition[] = []): string {
  const sentence = sentenceOf(definition, others);
  if (definition.status === 'live') return sentence;
  return `(${definition.status}) ${sentence}`;
}

function sentenceOf(definition: Definition, others: readonly Definition[]): string {
  switch (definition.kind) {
    case 'Trigger':
      return describeTrigger(definition);
    case 'Journey':
      return describeJourney(definition, others);
    case 'Message':
      return describeMessage(definition);
    case 'ContactRule':
      return describeRule(definition);
    case 'Segment':
      return `A person is in the segment “${definition.id}” as long as ${conditionWords(definition.where)}.`;
    case 'Model':
      return describeModel(definition);
    case 'ComputedTrait':
      return describeComputedTrait(definition);
    case 'Source':
      return describeSource(definition);
    case 'Company':
      return describeCompany(definition);
    case 'TrackingPlan':
      return describeTrackingPlan(definition);
  }
}

function describeTrigger(trigger: Of<'Trigger'>): string {
  const role = /^staff:(.+)$/.exec(trigger.audienceRole)?.[1];
  const parts = [
    trigger.pilot === undefined ? '' : `for members of the segment ${quote(trigger.pilot)} only`,
    trigger.audience === null ? '' : `if ${conditionWords(trigger.audience)}`,
    unlessPhrase(trigger),
    trigger.send === null
      ? 'tell it to the journeys that start with it, and propose no message itself'
      : `propose the ${trigger.purpose} message ${quote(trigger.send)} to ${role === undefined ? 'the customer' : `the ${role} staff`} with priority ${trigger.priority}`,
    oncePerPhrase(trigger),
    trigger.cancelOn.length === 0
      ? ''
      : `unless ${events(trigger.cancelOn)} comes before ${trigger.send === null ? 'it fires' : 'it is sent'}`,
    trigger.send === null ? '' : `to be sent within ${formatDuration(trigger.expiresAfterMs)} or not at all`,
    trigger.holdoutPercent === 0 ? '' : `holding out ${trigger.holdoutPercent} % of persons to measure the effect`,
    goalPhrase(trigger),
    activePhrase(trigger),
    trigger.foundBy === 'model' ? 'as found by a model' : '',
  ];
  return `${[describeWhen(trigger.when), ...parts.filter((part) => part !== '')].join(', ')}.`;
}

function unlessPhrase({ unless }: Of<'Trigger'>): string {
  if (unless === undefined) return '';
  const end = unless.until.length === 0 ? '' : `until ${events(unless.until)}, `;
  return `but not after ${events(unless.events)} ${end}for ${formatDuration(unless.atMostMs)}${end === '' ? '' : ' at most'}`;
}

function oncePerPhrase({ oncePer, reentry }: Of<'Trigger'>): string {
  const keys = oncePer.map(pathWords);
  const per = `per ${keys.join(' (or, where unknown, ')}${')'.repeat(keys.length - 1)}`;
  if (reentry.kind === 'never') return `once ${per} and never again`;
  if (reentry.kind === 'always') return `one at a time ${per}`;
  return `at most once in ${formatDuration(reentry.afterMs)} ${per}`;
}

function goalPhrase({ goal }: Of<'Trigger'>): string {
  if (goal === null) return '';
  const worth = goal.value === null ? '' : ` worth ${valueWords(goal.value)}`;
  return `hoping for ${event(goal.event)} within ${formatDuration(goal.withinMs)}${worth}`;
}

function activePhrase({ activeFromMs, activeToMs }: Of<'Trigger'>): string {
  const from = activeFromMs === null ? '' : `from ${new Date(activeFromMs).toISOString()}`;
  const to = activeToMs === null ? '' : `until ${new Date(activeToMs).toISOString()}`;
  return [from, to].filter((part) => part !== '').join(' ');
}

function describeMessage(message: Of<'Message'>): string {
  const ways = message.channels.map((content) => {
    if (content.channel === 'email') return `by e-mail (${quote(templateWords(content.subject))})`;
    if (content.channel === 'task') return `as a task for staff (${quote(templateWords(content.title))})`;
    return channelWords[content.channel];
  });
  const choice = ways.length > 1 ? ', whichever of these is allowed first' : '';
  return `The ${message.purpose} message ${quote(message.id)} is given ${list(ways, 'or')}${choice}.${topicsSentence(message)}`;
}

function topicsSentence({ topics = [], purpose }: Of<'Message'>): string {
  if (topics.length === 0) return '';
  const word = topics.length === 1 ? 'topic' : 'topics';
  const about = ` It is about the ${word} ${list(topics.map(quote), 'and')}`;
  if (purpose !== 'marketing') return `${about}.`;
  return `${about}; who has switched ${topics.length === 1 ? 'it' : 'one of them'} off does not get it.`;
}

function scopePhrase({ purpose, channels, messages }: Scope, count = 2): string {
  const what = `${purpose === null ? '' : `${purpose} `}message${count === 1 ? '' : 's'}`;
  const which = messages.length === 0 ? '' : ` ${list(messages.map(quote), 'and')}`;
  const how =
    channels.length === 0
      ? ''
      : ` ${list(
          channels.map((channel) => channelWords[channel]),
          'or',
        )}`;
  return `${what}${which}${how}`;
}

const breachWords = {
  defer: 'waits',
  drop: 'is not sent',
  fallback: 'takes the next channel of the message, or waits',
} as const;

const quietWords = {
  defer: 'waits until then',
  drop: 'is not sent',
  fallback: 'takes the next channel of the message, or waits until then',
} as const;

function describeRule(rule: Of<'ContactRule'>): string {
  const otherwise = `what is proposed meanwhile ${breachWords[rule.onBreach]}`;
  switch (rule.rule) {
    case 'cap':
      return `A person gets at most ${rule.limit} ${scopePhrase(rule.scope, rule.limit)} in any ${formatDuration(rule.rollingMs)}; ${otherwise}.`;
    case 'cooldown':
      return `Between two ${scopePhrase(rule.scope)} a person has a pause of ${formatDuration(rule.cooldownMs)}; ${otherwise}.`;
    case 'block':
      return `After ${events(rule.afterEvents)} a person gets no ${scopePhrase(rule.scope)} ${untilPhrase(rule.until)}for ${formatDuration(rule.forMs)}${rule.until === undefined ? '' : ' at most'}; ${otherwise}.`;
  }
}

const untilPhrase = (names: readonly string[] | undefined): string =>
  names === undefined ? '' : `until ${list(names.map(quote), 'or')}, `;

function describeSource(source: Of<'Source'>): string {
  const consent =
    source.assumeConsent.length === 0
      ? 'no consent is assumed'
      : `consent to marketing ${list(
          source.assumeConsent.map((channel) => channelWords[channel]),
          'and',
        )} is assumed until it is withdrawn`;
  const trust = source.trustBrowserEmail ? ', and addresses set by the browser are believed' : '';
  return `Events of the ${source.sourceKind} source ${quote(source.id)} are taken in; of its customers ${consent}${trust}${planPhrase(source)}.`;
}

function describeCompany(company: Of<'Company'>): string {
  const quiet = company.quietHours.map((one) => {
    const how =
      one.channels.length === 0
        ? ''
        : ` ${list(
            one.channels.map((channel) => channelWords[channel]),
            'or',
          )}`;
    const then = quietWords[one.onBreach];
    return `from ${one.from} to ${one.to} where a person lives ${one.purpose}${how} ${then}`;
  });
  const parts = [
    `${company.name} lives in ${company.zone} and counts in ${company.currency}`,
    ...(company.channels === undefined
      ? []
      : [
          `it reaches people ${list(
            company.channels.map((channel) => channelWords[channel]),
            'or',
          )} only`,
        ]),
    ...quiet,
    `events older than ${formatDuration(company.liveHorizonMs)} start nothing`,
    ...(company.globalHoldoutPercent === 0 ? [] : [`${company.globalHoldoutPercent} % of persons never get marketing`]),
  ];
  return `${parts.join('; ')}.`;
}
