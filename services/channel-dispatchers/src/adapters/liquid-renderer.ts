import { renderTemplate } from '@kairos/decisions';
import { type RenderTemplate, UnsendableError } from '../ports.ts';

/** Liquid with `%%FirstName%%`, by the room that also lints the templates. */
export const renderLiquid: RenderTemplate = (template, view, mode) => {
  const options = { html: mode === 'html', json: mode === 'json', singleLine: mode === 'line' };
  const rendered = renderTemplate(template, view, options);
  if (rendered.error !== null) throw new UnsendableError(rendered.error, rendered.message);
  return rendered.text;
};
