import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rewriteLinks } from './links.ts';

it('rewrites nothing that is not an http(s) link, byte for byte', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!/https?:\/\//i.test(text.replaceAll(/&[^;]{1,12};?/g, '')) && !/href/i.test(text));
      expect(rewriteLinks(text, () => 'X')).toBe(text);
    }),
  );
});

it('never lets an unrewritten http(s) link of an a-element through, however it is quoted', () => {
  const quoted = fc.constantFrom<[string, string]>(['"', '"'], ["'", "'"], ['', '']);
  const tag = fc.constantFrom('a', 'A', 'area');
  const path = fc.stringMatching(/^[a-z0-9/?=]{0,12}$/);
  fc.assert(
    fc.property(tag, quoted, path, (name, [open, close], rest) => {
      const target = `https://shop.example/${rest}`;
      const html = `<p>x<${name} class=y href = ${open}${target}${close} >t</${name}></p>`;
      const seen: string[] = [];
      const result = rewriteLinks(html, (one) => {
        seen.push(one);
        return 'https://us.example/c/1';
      });
      expect(seen).toEqual([target]);
      expect(result).not.toContain(target);
      expect(result).toContain('"https://us.example/c/1"'.slice(open === "'" ? 1 : 0, open === "'" ? -1 : undefined));
    }),
  );
});
