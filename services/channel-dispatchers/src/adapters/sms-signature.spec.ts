import { expect, it } from '@jest/globals';
import { isSignedBy } from './sms-signature.ts';

// From the provider's own documents.
const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const form = new URLSearchParams({
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675309',
  Digits: '1234',
  From: '+14158675309',
  To: '+18005551212',
});
const signature = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
const token = '12345';

it('believes what was signed with the token, or with the one that replaces it', () => {
  expect(isSignedBy({ url, form, signature }, [token])).toBe(true);
  expect(isSignedBy({ url, form, signature }, ['the next one', token])).toBe(true);
});

it('does not mind whether the gateway signs the default port', () => {
  expect(isSignedBy({ url: url.replace('.com/', '.com:443/'), form, signature }, [token])).toBe(true);
});

it.each([
  ['another token', { tokens: ['54321'] }],
  ['another address', { url: `${url}&x=1` }],
  ['another value', { form: new URLSearchParams({ ...Object.fromEntries(form), Digits: '1235' }) }],
  ['one more value', { form: new URLSearchParams({ ...Object.fromEntries(form), More: '' }) }],
  ['a signature cut short', { signature: signature.slice(0, 10) }],
  ['no signature', { signature: '' }],
  ['no token at all', { tokens: [] }],
])('does not believe %s', (_, over) => {
  const { tokens = [token], ...post } = { url, form, signature, ...over } as {
    url: string;
    form: URLSearchParams;
    signature: string;
    tokens?: string[];
  };
  expect(isSignedBy(post, tokens)).toBe(false);
});
