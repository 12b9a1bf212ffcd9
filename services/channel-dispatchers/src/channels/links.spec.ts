import { expect, it } from '@jest/globals';
import { rewriteLinks } from './links.ts';

const mark = (target: string) => `https://us.example/c/${target}`;

it.each([
  ['<a href="https://a.example/?x=1&amp;y=2">', '<a href="https://us.example/c/https://a.example/?x=1&amp;y=2">'],
  ["<a href='https://a.example/'>", "<a href='https://us.example/c/https://a.example/'>"],
  ['<a href=https://a.example/ title=x>', '<a href="https://us.example/c/https://a.example/" title=x>'],
  ['<A HREF="HTTPS://a.example/">', '<A HREF="https://us.example/c/HTTPS://a.example/">'],
  ['<a href="&#104;ttps://a.example/">', '<a href="https://us.example/c/https://a.example/">'],
  ['<a href=" https://a.example/ ">', '<a href="https://us.example/c/https://a.example/">'],
])('rewrites %s', (html, expected) => expect(rewriteLinks(html, mark)).toBe(expected));

it.each([
  ['<a href="mailto:a@b.example">'],
  ['<a href="#top">'],
  ['<a href="/relative">'],
  ['<a href="javascript:alert(1)">'],
  ['<a href>'],
  ['<img src="https://a.example/x.png">'],
  ['<!-- <a href="https://a.example/"> -->'],
  ['<link href="https://a.example/x.css">'],
  ['<style>a[href="https://a.example"]{}</style>'],
])('leaves %s alone', (html) => expect(rewriteLinks(html, mark)).toBe(html));

it('rewrites every link of a page and keeps the rest', () => {
  const page =
    '<!doctype html><!--[if mso]><x><![endif]--><a href="http://a.example">1</a> &nbsp;<a href="http://b.example">2</a>';
  expect(rewriteLinks(page, () => 'L')).toBe(
    '<!doctype html><!--[if mso]><x><![endif]--><a href="L">1</a> &nbsp;<a href="L">2</a>',
  );
});
