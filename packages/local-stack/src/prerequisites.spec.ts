import { describe, expect, it } from '@jest/globals';
import { type Found, MissingPrerequisites, missingPrerequisites } from './prerequisites.ts';
import { PART_NAMES } from './types.ts';

const nothing: Found = {
  javaMajor: undefined,
  mavenVersion: undefined,
  redisOnPath: false,
  postgres: false,
  cached: { kafka: false, registry: false, redis: false },
};
const everything: Found = { ...nothing, javaMajor: 17, mavenVersion: '3.8.7', postgres: true };

describe('what is missing on this machine', () => {
  it('is nothing with Java 17, Maven 3.8 and a Postgres', () => {
    expect(missingPrerequisites(PART_NAMES, everything)).toEqual([]);
  });

  it('is said all at once, one line a thing, with the way to get it and the way around', () => {
    const lines = missingPrerequisites(PART_NAMES, nothing);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^Java 17 .*kafka and registry \(no java was found\).*apt-get install.*KAFKA_BROKERS and SCHEMA_REGISTRY_URL/,
    );
    expect(lines[1]).toMatch(/^Maven 3\.8 .*kafka, registry, redis once.*apt-get install maven.*REDIS_URL/);
    expect(lines[2]).toMatch(/^Postgres .*apt-get install postgresql.*DATABASE_URL/);
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
    expect(new MissingPrerequisites(lines).message).toContain('Docker');
  });

  it('tells the version that was found when it is too old', () => {
    const lines = missingPrerequisites(['kafka'], { ...everything, javaMajor: 11, mavenVersion: '3.6.3' });
    expect(lines[0]).toContain('this java is 11');
    expect(lines[1]).toContain('this mvn is 3.6.3');
  });

  it('takes Maven 4 for newer than 3.8', () => {
    expect(missingPrerequisites(['kafka'], { ...everything, mavenVersion: '4.0.0' })).toEqual([]);
  });

  it('does not ask for Maven when everything is in the cache', () => {
    const cached = { kafka: true, registry: true, redis: true };
    expect(missingPrerequisites(PART_NAMES, { ...everything, mavenVersion: undefined, cached })).toEqual([]);
  });

  it('does not ask for Maven for a Redis that is installed', () => {
    expect(missingPrerequisites(['redis'], { ...nothing, redisOnPath: true })).toEqual([]);
  });

  it('does not ask for what the wanted parts do not need', () => {
    expect(missingPrerequisites(['mailbox'], nothing)).toEqual([]);
    expect(missingPrerequisites(['postgres'], { ...nothing, postgres: true })).toEqual([]);
  });
});
