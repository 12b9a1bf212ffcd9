import { expect, it } from '@jest/globals';
import { messageView } from './message-view.ts';
import { renderTemplate } from './template.ts';

const chosen = {
  personId: 'user:ann',
  zone: 'Asia/Tokyo',
  profile: '{"firstName":"Ann","segments":["at-risk"]}',
  evidence: '{"event":"Order Completed","properties":{"total":5}}',
};
const text =
  "{{ profile.firstName }} {{ event.name }} {{ properties.total }} {% if segments contains 'at-risk' %}risk{% endif %} {{ company.name }} {{ 'now' | date: '%H' }}";

it('shows templates what was frozen with the choice: person, evidence, segments, company and the time of sending', () => {
  const view = messageView(chosen, { name: 'Corner & Oak' }, Date.UTC(2026, 10, 18, 1));
  expect(renderTemplate(text, view, { html: false })).toEqual({
    error: null,
    text: 'Ann Order Completed 5 risk Corner & Oak 10',
  });
});

it('is empty where nothing can be read, never a fault', () => {
  const view = messageView({ ...chosen, profile: 'x', evidence: '[]' }, undefined, 0);
  expect(view).toMatchObject({ evidence: {}, properties: {}, segments: [], company: { name: null } });
});
