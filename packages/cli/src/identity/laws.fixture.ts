import { expect } from '@jest/globals';
import { isMoved, type ProfileState, profileOf } from '@kairos/decisions';
import { LOOKS } from './house-rules.fixture.ts';
import { finalOf, outcomeOf, type Reading, read } from './readings.fixture.ts';
import type { Told } from './stories.fixture.ts';

// What must hold of every story, once all has come to rest.

/** One step of a person's story: an event, or the whole story of an old person. */
type Step = { readonly messageId: string } | { readonly from: string };

const wholeStory = (stories: ReadonlyMap<string, readonly Step[]>, personId: string): readonly string[] =>
  (stories.get(personId) ?? []).flatMap((step) => ('from' in step ? wholeStory(stories, step.from) : [step.messageId]));

/** What a source sent stands in its order in the story of the person that it was linked to first. */
function checkOrder(
  personId: string,
  {
    stories,
    order,
    first,
  }: Pick<Reading, 'order' | 'first'> & { readonly stories: ReadonlyMap<string, readonly Step[]> },
): void {
  const last = new Map<string, number>();
  for (const messageId of wholeStory(stories, personId)) {
    const place = order.get(messageId);
    if (place === undefined) continue;
    if (!personId.startsWith('user:') || first.get(place.key) === personId) {
      const before = last.get(place.key) ?? -1;
      expect({ personId, messageId, inOrder: place.number > before }).toEqual({ personId, messageId, inOrder: true });
    }
    last.set(place.key, place.number);
  }
}

/** No event is lost or counted twice, each ends where the pointers lead, in order, and nobody waits for ever. */
export function checkStories(told: Told): void {
  const { persons, who, refused, first, order, finalOfEvent } = read(told);
  const seen = new Map<string, string>();
  const stories = new Map<string, Step[]>();
  const tellOf = (personId: string, step: Step): void => {
    stories.set(personId, [...(stories.get(personId) ?? []), step]);
  };
  for (const { value } of told.house.records('events.enriched')) {
    if (value.merged !== null) tellOf(value.merged.personId, { from: value.merged.fromPersonId });
    const event = value.event;
    // What a journey tells of itself goes through the same door, and was sent by nobody.
    if (event === null || event.sourceKind === 'internal') continue;
    expect({ id: event.messageId, before: seen.get(event.messageId) }).toEqual({ id: event.messageId });
    seen.set(event.messageId, event.personId);
    expect(order.has(event.messageId)).toBe(true);
    tellOf(event.personId, { messageId: event.messageId });
  }
  for (const [personId, state] of persons) if (!isMoved(state)) checkOrder(personId, { stories, order, first });
  expect([...who.keys()].filter((messageId) => !seen.has(messageId))).toEqual([]);
  expect(who.size + refused.size).toBe(told.sent.length);
  const counts = new Map<string, number>();
  for (const messageId of who.keys()) {
    const final = finalOfEvent(messageId);
    counts.set(final, (counts.get(final) ?? 0) + 1);
  }
  const folded = new Map<string, number>();
  for (const [personId, state] of persons) {
    if (isMoved(state)) continue;
    const profile = profileOf(state);
    if (profile !== undefined) folded.set(personId, profile.eventCount);
    expect(state).toBe(profile);
  }
  expect([...folded].sort()).toEqual([...counts].sort());
}

/** No timer is lost, none fires twice, what turned out to be ordered is taken back, and nothing goes to two. */
export function checkTimers(told: Told): void {
  const { who, finalOfEvent } = read(told);
  const { fired, withdrawn, chosen } = outcomeOf(told);
  for (const cart of told.sent.filter(({ event }) => event.name === 'Product Added')) {
    const id = cart.cartId ?? '';
    const ordered = told.sent.find((one) => one.cartId === id && one.event.name === 'Order Completed');
    const isOrdered =
      ordered !== undefined &&
      who.has(ordered.event.messageId) &&
      finalOfEvent(ordered.event.messageId) === finalOfEvent(cart.event.messageId);
    const times = fired.get(id) ?? 0;
    const sends = chosen.get(`cart-reminder ${id}`)?.length ?? 0;
    expect({ id, times: isOrdered ? Math.max(times, 1) : times }).toEqual({ id, times: 1 });
    expect(sends).toBeLessThanOrEqual(1);
    if (!isOrdered) expect({ id, sends }).toEqual({ id, sends: 1 });
    if (isOrdered && times > 0) expect({ id, withdrawn: withdrawn.has(id) }).toEqual({ id, withdrawn: true });
  }
}

/** A journey that began takes each of its steps once, whoever its traveller turns out to be, and reaches one person. */
export function checkJourneys(told: Told): void {
  const { proposed, chosen } = outcomeOf(told);
  for (const { event } of told.sent.filter(({ event }) => event.name === 'Began')) {
    const { k } = JSON.parse(event.properties) as { readonly k: string };
    for (const step of ['step-one', 'step-two']) {
      const name = `${step} ${k}`;
      const times = { proposed: proposed.get(name)?.size ?? 0, chosen: chosen.get(name)?.length ?? 0 };
      expect({ name, ...times }).toEqual({ name, proposed: 1, chosen: 1 });
    }
  }
}

/** What two had half done counts together: who looked often enough in all became a fan, and each look counted for one. */
export function checkPatterns(told: Told): void {
  const { persons, finalOfEvent } = read(told);
  const looks = new Map<string, number>();
  for (const { event } of told.sent.filter(({ event }) => event.name === 'Looked')) {
    const final = finalOfEvent(event.messageId);
    looks.set(final, (looks.get(final) ?? 0) + 1);
  }
  const fans = outcomeOf(told).fans.map((personId) => finalOf(persons, personId));
  for (const [final, count] of looks) {
    const times = fans.filter((fan) => fan === final).length;
    const [least, most] = [count >= LOOKS ? 1 : 0, Math.floor(count / LOOKS)];
    expect({ final, count, isRight: times >= least && times <= most }).toEqual({ final, count, isRight: true });
  }
  expect(fans.filter((fan) => !looks.has(fan))).toEqual([]);
}

const EMAIL = 'email/marketing';

/** Of all that one person said of consent, under whatever name, the last word stands. */
export function checkConsent(told: Told): void {
  const { persons, who, finalOfEvent } = read(told);
  const said = new Map<string, { readonly state: string; readonly atMs: number }>();
  for (const { event, atMs } of told.sent) {
    if (!event.name.startsWith('Consent') || !who.has(event.messageId)) continue;
    const final = finalOfEvent(event.messageId);
    if ((said.get(final)?.atMs ?? -1) > atMs) continue;
    said.set(final, { state: event.name === 'Consent Given' ? 'granted' : 'denied', atMs });
  }
  for (const [personId, state] of persons) {
    const profile = profileOf(state);
    if (profile === undefined) continue;
    expect({ personId, says: wordOf(profile) }).toEqual({ personId, says: said.get(personId) });
  }
}

function wordOf({ consent }: ProfileState): unknown {
  const known = consent[EMAIL];
  return known === undefined ? undefined : { state: known.state, atMs: known.atMs };
}

/** What was sent to whatever name of a person is remembered by the person that it is now, once, and by nobody else. */
export function checkContacts(told: Told): void {
  const { persons } = read(told);
  const sent = new Map<string, string[]>();
  for (const { value } of told.house.records('messages.chosen')) {
    if (value.message === null) continue;
    const final = finalOf(persons, value.message.personId);
    sent.set(final, [...(sent.get(final) ?? []), value.message.candidateId].sort());
  }
  const remembered = new Map<string, string[]>();
  for (const [personId, state] of told.house.states('arbitration')) {
    const { sends, moves } = state as { sends: { candidateId: string }[]; moves?: { waits: string[] } };
    expect({ personId, waits: moves?.waits ?? [] }).toEqual({ personId, waits: [] });
    if (sends.length > 0) remembered.set(personId, sends.map(({ candidateId }) => candidateId).sort());
  }
  expect([...remembered].sort()).toEqual([...sent].sort());
}

/** What is left of a story when all has come to rest. */
export function restOf(told: Told): unknown {
  const { persons } = read(told);
  const { fired, withdrawn, chosen } = outcomeOf(told);
  const rest = [...persons].map(([personId, state]) => {
    const profile = profileOf(state);
    if (profile === undefined) return [personId, isMoved(state) ? state.movedTo : null];
    return [personId, { ...profile, contact: null, consent: wordOf(profile) ?? null }];
  });
  const reminded = [...fired.keys()].filter((cart) => !withdrawn.has(cart)).sort();
  const steps = [...chosen]
    .filter(([name]) => name.startsWith('step-'))
    .map(([name, to]) => [name, to.map((personId) => finalOf(persons, personId))])
    .sort();
  return { persons: Object.fromEntries(rest) as unknown, reminded, steps };
}
