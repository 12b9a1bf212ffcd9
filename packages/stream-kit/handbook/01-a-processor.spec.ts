import { describe, expect, it } from '@jest/globals';
import type { EnrichedRecord } from '@kairos/contracts';
import { enriched } from '../src/memory/counting.fixture.ts';
import { createMemoryRunner, type MemoryRunner } from '../src/memory/memory-runner.ts';
import type { Processor } from '../src/processor.ts';

// Handbook, 1: a processor.
//
// A stage of the walk is not a program that reads and writes. It is a value: what it reads, what it writes, and a pure
// function from (state of one key, one record) to (new state, outputs). Everything else, Kafka, crashes, restarts,
// repeats, is done around it, once, by this kit. Here is a whole stage: it greets a person at the first event, and says
// how many events it has seen at every third.

interface Seen {
  readonly events: number;
}

const greeter: Processor<Seen, EnrichedRecord, string> = {
  // Its state is kept in the topic `detect.changelog`.
  name: 'detect',
  input: 'events.enriched',
  outputs: ['triggers.detected'],
  // Every record of a log-pure writer tells where it came from. That is all that a task needs to know repeats.
  originOf: (record) => record.origin,
  // The kit handles time and playbook markers itself; the stage says which record is which.
  route: (record) => {
    if (record.event !== null) return { kind: 'keyed', key: record.event.personId };
    if (record.time !== null) return { kind: 'time', timeMs: record.time.timeMs };
    if (record.marker !== null) return { kind: 'marker', ...record.marker };
    return { kind: 'unknown' };
  },
  step: (state, record, context) => {
    const events = (state?.events ?? 0) + 1;
    const personId = record.event?.personId ?? '';
    const say = (code: string) => ({
      topic: 'triggers.detected' as const,
      key: personId,
      to: 'same' as const,
      value: {
        // Ids are hashes of causes in the walk; a plain text does here. Never a random number, never a clock.
        firingId: `${personId}:${code}`,
        personId,
        triggerId: 'greeter',
        instanceKey: '',
        outcome: 'fired',
        code,
        detectedAtMs: record.event?.loggedAtMs ?? 0,
        dueAtMs: null,
        evidence: '{}',
        causes: [record.event?.messageId ?? ''],
        playbookVersion: context.playbookVersion,
      },
    });
    const emissions = events === 1 ? [say('HELLO')] : events % 3 === 0 ? [say(`SEEN_${events}`)] : [];
    return { state: { events }, emissions };
  },
  encode: (state) => Buffer.from(JSON.stringify(state)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as Seen,
};

const house = (): MemoryRunner<string> => createMemoryRunner<string>({ startMs: 0, processors: [greeter] });
const said = (runner: MemoryRunner<string>): string[] =>
  runner.records('triggers.detected').map(({ value }) => `${value.personId} ${value.code}`);

describe('a processor', () => {
  it('is run by giving it records: each person has a state of their own', () => {
    const runner = house();
    for (const [at, person] of ['user:1', 'user:2', 'user:1', 'user:1'].entries()) {
      runner.append('events.enriched', person, enriched(person, `m${at}`, at));
    }
    expect(said(runner)).toEqual(['user:1 HELLO', 'user:2 HELLO', 'user:1 SEEN_3']);
    expect(runner.state('detect', 'user:1')).toEqual({ events: 3 });
  });

  it('is not told of repeats: a record whose origin was seen takes effect once', () => {
    const runner = house();
    const first = {
      ...enriched('user:1', 'm1', 0),
      origin: { topic: 'events.identified', partition: 0, offset: 7, number: 0 },
    };
    runner.append('events.enriched', 'user:1', first);
    // The writer crashed before it knew that its output had landed, and wrote it again.
    runner.append('events.enriched', 'user:1', first);
    expect(said(runner)).toEqual(['user:1 HELLO']);
    expect(runner.state('detect', 'user:1')).toEqual({ events: 1 });
  });

  it('tells of its outputs where they came from: topic, partition, offset, and their number there', () => {
    const runner = house();
    runner.append('events.enriched', 'user:1', enriched('user:1', 'm0', 0));
    // Offset 0 holds the beginning of time: see the next chapter.
    expect(runner.records('triggers.detected')[0]?.value.origin).toEqual({
      topic: 'events.enriched',
      partition: 0,
      offset: 1,
      number: 0,
    });
  });

  it('gives the same outputs for the same log, also when it was stopped in between', () => {
    const [straight, stopped] = [house(), house()];
    for (let at = 0; at < 9; at += 1) {
      for (const runner of [straight, stopped])
        runner.append('events.enriched', 'user:1', enriched('user:1', `m${at}`, at));
      // Its state goes through its codec, as after a crash it comes back from the changelog.
      stopped.restart();
    }
    expect(stopped.records('triggers.detected')).toEqual(straight.records('triggers.detected'));
    expect(said(straight)).toEqual(['user:1 HELLO', 'user:1 SEEN_3', 'user:1 SEEN_6', 'user:1 SEEN_9']);
  });
});
