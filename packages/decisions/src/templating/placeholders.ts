/**
 * `%%FirstName%%`, as older systems write placeholders. They become Liquid before the template is parsed, never after it
 * is rendered: a customer's own words must not become template.
 */

/** What the usual placeholders stand for, by their name in lower case. */
export const aliases: Readonly<Record<string, string>> = {
  firstname: 'profile.firstName',
  lastname: 'profile.lastName',
  customername: 'profile.firstName | append: " " | append: profile.lastName | strip',
  fullname: 'profile.firstName | append: " " | append: profile.lastName | strip',
  email: 'profile.email',
  emailaddress: 'profile.email',
  emailaddr: 'profile.email',
  phone: 'profile.phone',
  customerid: 'profile.userId',
  productname: 'evidence.product.name',
  productprice: 'evidence.product.price',
  companyname: 'company.name',
  unsubscribeurl: 'unsubscribeUrl',
};

export class PlaceholderError extends Error {}

// What is not to be touched: raw blocks and comments as a whole, tags and outputs one by one.
const liquid = /\{%-?\s*(raw|comment)\s*-?%\}[\s\S]*?\{%-?\s*end\1\s*-?%\}|\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}/g;
const placeholder = /%%([A-Za-z_][\w .-]{0,80}?)%%/g;
const inlineScript = /%%=[\s\S]*?=%%/;
const blockScript = /%%\[[\s\S]*?\]%%/;

/** Replaces the placeholders outside of Liquid. Throws PlaceholderError for script in the same clothes. */
export function placeholdersToLiquid(text: string): string {
  if (!text.includes('%%')) return text;
  let result = '';
  let from = 0;
  for (const found of text.matchAll(liquid)) {
    result += replaceIn(text.slice(from, found.index)) + found[0];
    from = found.index + found[0].length;
  }
  return result + replaceIn(text.slice(from));
}

function replaceIn(text: string): string {
  if (inlineScript.test(text)) refuse('%%=…=%%');
  if (blockScript.test(text)) refuse('%%[…]%%');
  return text.replaceAll(placeholder, (_, written: string) => `{{ ${expressionOf(written.trim())} }}`);
}

function refuse(form: string): never {
  throw new PlaceholderError(
    `${form} is AMPscript, which is not run here. Write it in Liquid, such as {{ profile.firstName | default: "there" }}.`,
  );
}

function expressionOf(name: string): string {
  const known = aliases[name.toLowerCase().replaceAll(/[\s_-]/g, '')];
  if (known !== undefined) return known;
  return /^[A-Za-z_]\w*$/.test(name) ? `profile.traits.${name}` : `profile.traits["${name}"]`;
}
