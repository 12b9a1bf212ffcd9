import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parsePlaybook } from '@kairos/playbook';
import { createOpsServer, type OpsServer } from '@kairos/service-kit';
import { registerAuthoring } from './http-authoring.ts';

const message = `kind: Message
id: hello
purpose: marketing
channels: { email: { subject: S, body: B } }
`;
const trigger = `kind: Trigger
id: cart-left
status: live
purpose: marketing
when: { did: Product Added, butNot: [Order Completed], within: 1h }
send: hello
`;
/** Two that are in each other's way already, and the message that others may name. */
const live =
  ['first', 'second']
    .map((id) => `${trigger.replace('cart-left', id).replace('Product Added', 'Page Viewed')}---\n`)
    .join('') + message;
const misspelt = trigger.replace('purpose:', 'porpose:');

let server: OpsServer;

beforeEach(async () => {
  const { definitions } = parsePlaybook([{ path: 'live.yaml', text: live }]);
  server = await createOpsServer({
    name: 'console',
    host: '127.0.0.1',
    port: 0,
    ready: () => ({ ok: true, reasons: [] }),
    register: (fastify) => registerAuthoring(fastify, { live: () => definitions }),
  });
});
afterEach(() => server.close());

const send = async (what: string, body: string) => {
  const response = await fetch(`${server.url}/api/playbook/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const ask = (what: string, body: unknown) => send(what, JSON.stringify(body));

describe('lint over HTTP', () => {
  it('finds nothing in a playbook without faults', async () => {
    const files = { 'cart-left.yaml': trigger, 'messages/hello.yaml': message };
    expect(await ask('lint', { files })).toEqual({ status: 200, body: { ok: true, definitions: 2, issues: [] } });
  });

  it('names file, line, column, reason and the nearest name, as the command line does', async () => {
    const { status, body } = await ask('lint', { files: { 'cart-left.yaml': misspelt, 'hello.yaml': message } });
    expect([status, body['ok']]).toEqual([200, false]);
    expect(body['issues']).toContainEqual({
      severity: 'error',
      file: 'cart-left.yaml',
      line: 4,
      column: 1,
      path: 'porpose',
      message: 'unknown field “porpose”',
      value: 'marketing',
      remedy: 'did you mean “purpose”?',
      text: 'cart-left.yaml:4:1 error porpose: unknown field “porpose” (marketing) — did you mean “purpose”?',
    });
  });

  it('takes one text, and lets it name what is live only where that is asked for', async () => {
    expect((await ask('lint', { text: trigger })).body).toMatchObject({
      ok: false,
      issues: [{ file: 'pasted.yaml', line: 6, path: 'send' }],
    });
    expect((await ask('lint', { text: trigger, withLive: true })).body).toMatchObject({ ok: true, issues: [] });
  });
});

describe('describe over HTTP', () => {
  it('says each definition in one sentence, and what is wrong with the others', async () => {
    const { body } = await ask('describe', { text: `${message}---\n${misspelt}` });
    expect(body).toMatchObject({
      ok: false,
      sentences: [
        {
          kind: 'Message',
          id: 'hello',
          status: 'live',
          sentence: 'The marketing message “hello” is given by e-mail (“S”).',
        },
      ],
    });
    expect(body['issues']).not.toEqual([]);
  });
});

describe('conflicts over HTTP', () => {
  const rival = trigger.replace('cart-left', 'cart-forgotten');

  it('names two triggers that may speak at once, each with its place', async () => {
    const { body } = await ask('conflicts', { text: `${message}---\n${trigger}---\n${rival}` });
    expect(body).toMatchObject({
      issues: [],
      conflicts: [
        { file: 'pasted.yaml', code: expect.any(String), text: expect.stringMatching(/^pasted.yaml:\d+:\d+ /) },
      ],
    });
  });

  it('looks at drafts only where that is asked for, and tells nothing that does not concern what was sent', async () => {
    const draft = { text: `${message}---\n${trigger}---\n${rival.replace('status: live', 'status: draft')}` };
    expect((await ask('conflicts', draft)).body).toMatchObject({ ok: true, conflicts: [] });
    expect((await ask('conflicts', { ...draft, drafts: true })).body['conflicts']).toHaveLength(1);
    expect((await ask('conflicts', { text: message, withLive: true })).body['conflicts']).toEqual([]);
    const viewer = trigger.replace('Product Added', 'Page Viewed');
    expect((await ask('conflicts', { text: viewer, withLive: true })).body['conflicts']).toMatchObject([
      { file: 'pasted.yaml', line: 5, in: { id: 'cart-left' }, with: [{ id: 'first' }, { id: 'second' }] },
    ]);
  });
});

describe('a request that cannot be understood', () => {
  it.each([
    [{}, 'FIELD_MISSING', 'text'],
    [null, 'FIELD_INVALID', undefined],
    [{ text: 'a', files: {} }, 'FIELD_INVALID', 'files'],
    [{ text: { yaml: 1 } }, 'FIELD_INVALID', undefined],
    [{ files: { '../../etc/passwd': '' } }, 'FIELD_INVALID', undefined],
    [{ files: { '/etc/passwd': '' } }, 'FIELD_INVALID', undefined],
    [
      { files: Object.fromEntries(Array.from({ length: 501 }, (_, at) => [`f${at}.yaml`, ''])) },
      'FIELD_INVALID',
      undefined,
    ],
  ])('is a 400 that says what is wrong: %j', async (given, code, field) => {
    for (const what of ['lint', 'describe', 'conflicts']) {
      const { status, body } = await ask(what, given);
      expect([status, body['code'], body['field']]).toEqual([400, code, field]);
      expect(String(body['message'])).not.toBe('');
    }
  });

  it('is a 400 when it is no JSON, and a 413 when it is larger than two megabytes', async () => {
    expect(await send('lint', '{')).toMatchObject({ status: 400, body: { code: 'MALFORMED_JSON' } });
    const large = await ask('lint', { text: ' '.repeat(2 * 1024 * 1024) });
    expect(large).toMatchObject({ status: 413, body: { code: 'REQUEST_TOO_LARGE' } });
  });
});
