import { describe, expect, it } from '@jest/globals';
import { type ProposedRecord, proposedRecord } from '@kairos/contracts';
import {
  block,
  cap,
  fates,
  HOUR_MS,
  happened,
  Life,
  NOON_MS,
  PERSON,
  playbook,
  proposal,
  proposed,
  reported,
  unjudged,
  withdrawn,
} from './arbitration.fixture.ts';

// A person turns out to be another one: what was remembered under the old name counts under the new.

const OLD = 'anon:a';
const moved = proposedRecord({ moved: { personId: OLD, to: PERSON } });
const merged = (from = OLD, contactFollows = true): ProposedRecord =>
  proposedRecord({ merged: { personId: PERSON, fromPersonId: from, contact: null, contactFollows } });
const history = (old: Life, from = OLD): ProposedRecord => {
  const told = old.meet(proposedRecord({ moved: { personId: from, to: PERSON } })).at(-1)?.output;
  const text = told?.topic === 'messages.decided' ? (told.value.handOver?.history ?? '') : '';
  return proposedRecord({ contactMove: { personId: PERSON, fromPersonId: from, history: text } });
};

const rules = (extra: Parameters<typeof playbook>[0] = [cap('one-a-week', 1, { onBreach: 'drop' })]) => playbook(extra);
const sentOne = (): Life => {
  const old = new Life(rules());
  old.meet(proposed('low', { personId: OLD }));
  expect(fates(old.tick(NOON_MS + 1_000))).toEqual(['low chosen email']);
  return old;
};
const soon = NOON_MS + 5_000;

describe('the old person', () => {
  it('hands everything over and remembers nothing', () => {
    const old = sentOne();
    const told = old.meet(moved);
    expect(told.map(({ output }) => output.topic)).toEqual(['messages.decided']);
    expect(told[0]?.output.value).toMatchObject({ fate: 'handedOver', handOver: { to: PERSON } });
    expect(old.state).toBeUndefined();
  });

  it('says of what waited that it is weighed elsewhere', () => {
    const old = new Life(rules());
    old.meet(proposed('low', { personId: OLD }));
    expect(fates(old.meet(moved))).toEqual(['low deferred MOVED', ' handedOver MOVED']);
  });

  it('hands over even when it knows nothing, or somebody would wait for ever', () => {
    const old = new Life(rules(), []);
    expect(fates(old.meet(moved))).toEqual([' handedOver MOVED']);
  });
});

describe('the person that it is now', () => {
  it('counts the old sends under its caps', () => {
    const life = new Life(rules());
    life.meet(merged(), history(sentOne()), proposed('mid'));
    expect(fates(life.tick(soon))).toEqual(['mid dropped CAP_REACHED']);
  });

  it('decides no marketing before the history is here, and then at once', () => {
    const life = new Life(rules());
    life.meet(merged(), proposed('mid'));
    expect(life.tick(soon)).toEqual([]);
    expect(life.tick(soon + HOUR_MS)).toEqual([]);
    life.meet(history(sentOne()));
    expect(fates(life.tick(soon + HOUR_MS + 1_000))).toEqual(['mid dropped CAP_REACHED']);
  });

  it('waits no longer than the message may', () => {
    const life = new Life(rules());
    life.meet(merged(), proposed('mid', { expiresAtMs: soon + 1_000 }));
    expect(life.tick(soon)).toEqual([]);
    expect(fates(life.tick(soon + 1_000))).toEqual(['mid dropped EXPIRED']);
  });

  it('lets service and staff go on meanwhile', () => {
    const life = new Life(rules());
    const staff = life.meet(merged(), proposed('mid', { audience: 'staff:sales' }));
    expect(fates(staff)).toHaveLength(1);
  });

  it('takes the history before the word that it would come', () => {
    const life = new Life(rules());
    life.meet(history(sentOne()), merged(), proposed('mid'));
    expect(fates(life.tick(soon))).toEqual(['mid dropped CAP_REACHED']);
    expect(life.state?.moves).toBeUndefined();
  });

  it('waits for nothing that does not follow', () => {
    const life = new Life(rules());
    life.meet(merged(OLD, false), proposed('mid'));
    expect(fates(life.tick(soon))).toEqual(['mid chosen email']);
  });

  it('weighs anew what waited, once, with the next number', () => {
    const old = new Life(rules());
    old.meet(proposed('low', { personId: OLD }));
    const life = new Life(rules());
    life.meet(merged(), history(old));
    const [decided] = life.tick(soon).filter(({ output }) => output.topic === 'messages.decided');
    expect(decided?.text).toBe('low chosen email');
    expect(decided?.output.value).toMatchObject({ personId: PERSON, number: 2 });
    expect(life.tick(soon + HOUR_MS)).toEqual([]);
  });

  it('lets the better of both compete', () => {
    const old = new Life(rules());
    old.meet(proposed('low', { personId: OLD }));
    const life = new Life(rules());
    life.meet(merged(), proposed('high'), history(old));
    expect(fates(life.tick(soon))).toEqual(['high chosen email', 'low dropped OUTRANKED']);
  });

  it('a proposal that comes again after the move changes nothing', () => {
    const life = new Life(rules());
    life.meet(merged(), history(sentOne()));
    expect(life.meet({ ...proposedRecord({}), proposal: proposal('low') })).toEqual([]);
    expect(life.tick(soon)).toEqual([]);
  });

  it('passes a withdrawal on under the name that the message was chosen for', () => {
    const life = new Life(rules());
    life.meet(merged(), history(sentOne()));
    const [told] = life.meet(withdrawn('low-1', soon));
    expect(told?.text).toBe('take back low-1');
    expect(told?.output).toMatchObject({ value: { withdrawal: { personId: OLD } } });
  });

  it('keeps a withdrawal and a hand-over that come before the history', () => {
    const failed = new Life(rules());
    failed.meet(merged(), reported('low-1', 'failed'), history(sentOne()), proposed('mid'));
    expect(fates(failed.tick(soon))).toEqual(['mid chosen email']);
    const life = new Life(rules());
    expect(life.meet(merged(), withdrawn('low-1', soon))).toEqual([]);
    expect(life.meet(history(sentOne())).map(({ text }) => text)).toEqual(['take back low-1']);
  });

  it('keeps blocking periods of either', () => {
    const book = () => playbook([block('hush', 'Complaint Opened', { forMs: HOUR_MS, onBreach: 'drop' })]);
    const old = new Life(book());
    old.meet(happened('Complaint Opened', NOON_MS));
    const life = new Life(book());
    life.meet(merged(), history(old), proposed('mid'));
    expect(fates(life.tick(soon))).toEqual(['mid dropped BLOCKED']);
  });

  it('keeps a block that is there in doubt beside one that is sure', () => {
    const afterEvents = [{ name: 'Complaint Opened', where: 'properties.a' }];
    const hush = { ...block('hush', 'Complaint Opened', { forMs: HOUR_MS, onBreach: 'drop' }), afterEvents };
    const book = () => playbook([hush]);
    const old = new Life(book());
    old.meet(unjudged('Complaint Opened', NOON_MS, ['hush']));
    const life = new Life(book());
    life.meet(
      merged(),
      happened('Complaint Opened', NOON_MS - HOUR_MS + 5_000, ['hush']),
      history(old),
      proposed('mid'),
    );
    life.meet(proposed('low', { proposedAtMs: NOON_MS + 10_000 }));
    expect(life.state?.blocks).toHaveLength(2);
    expect(fates(life.tick(NOON_MS + 20_000)).sort()).toEqual([
      'low dropped BLOCK_RULE_FAILED',
      'mid dropped BLOCK_RULE_FAILED',
    ]);
  });

  it('moves on with what it waits for', () => {
    // b became a before a's own history, or b's, has come; then a becomes the user.
    const b = sentOne();
    const a = new Life(rules());
    a.meet(proposedRecord({ merged: { personId: OLD, fromPersonId: 'anon:b', contact: null, contactFollows: true } }));
    const life = new Life(rules());
    life.meet(merged(), history(a), proposed('mid'));
    expect(life.tick(soon)).toEqual([]);
    life.meet(history(b, 'anon:b'));
    expect(fates(life.tick(soon + 1_000))).toEqual(['mid dropped CAP_REACHED']);
  });
});
