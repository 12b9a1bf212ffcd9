import { expect, it } from '@jest/globals';
import { createLogger } from './logger.ts';

const lines: string[] = [];
const log = createLogger({
  service: 'shop',
  instance: 'i1',
  level: 'info',
  destination: { write: (line) => lines.push(line) },
});

it('writes JSON with service, instance and level', () => {
  log.info({ offset: 3 }, 'cut written');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    level: 'info',
    service: 'shop',
    instance: 'i1',
    offset: 3,
    msg: 'cut written',
  });
});

it('hides what could name a person or open a door, also inside', () => {
  const canary = 'canary-7';
  log.info(
    {
      email: canary,
      traits: { name: canary },
      event: { properties: { a: canary }, phone: canary },
      request: { headers: { authorization: canary, 'x-write-key': canary } },
      token: canary,
    },
    'hello',
  );
  expect(lines.at(-1)).not.toContain(canary);
});

it('keeps quiet below its level', () => {
  const before = lines.length;
  log.debug('x');
  expect(lines).toHaveLength(before);
});
