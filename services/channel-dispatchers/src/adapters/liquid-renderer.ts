import { renderTemplate } from '@kairos/decisions';
import { type RenderTemplate, UnsendableError } from '../ports.ts';

/** Liquid with `%%FirstName%%`, by the room that also lints the templates. */
export const renderLiquid: RenderTemplate = (template, view, escape) => {
  const options = { html: escape === 'html', json: escape === 'json', singleLine: escape === 'line' };
  const rendered = renderTemplate(template, view, options);
  if (rendered.error !== null) throw new UnsendableError(rendered.error, rendered.message);
  return rendered.text;
};
