import { alwaysProjected } from './conditions/known-names.ts';
import type { Reads } from './conditions/types.ts';
import type { ChannelContent, MessageDefinition } from './definitions.ts';
import { profileReads, templateReads } from './templating/template.ts';

/** Texts of a message that are templates. */
export function templatesOf(content: ChannelContent): readonly string[] {
  switch (content.channel) {
    case 'email':
      return [content.subject, content.html];
    case 'sms':
      return [content.text];
    case 'onsite':
      return [content.html];
    case 'webhook':
      return [content.body];
    case 'task':
      return [content.title, content.action, content.why, content.avoid];
  }
}

/** Every report is also told for new and for returning persons. */
const REPORTED = 'isReturning';

/** Under this name the segments travel in the profile, for templates that ask who is in which. */
const SEGMENTS = 'segments';
const readsSegments = (template: string): boolean =>
  templateReads(template).some((read) => read === SEGMENTS || read.startsWith(`${SEGMENTS}.`));

/** Paths of the profile that must travel: what conditions and templates read, and how to address a person. Sorted. */
export function projectionOf(reads: readonly Reads[], messages: Iterable<MessageDefinition>): readonly string[] {
  const paths = new Set<string>([...alwaysProjected, REPORTED]);
  for (const one of reads) for (const path of one.profile) paths.add(path);
  for (const message of messages) {
    for (const content of message.channels) {
      for (const template of templatesOf(content)) {
        for (const path of profileReads(template)) paths.add(path);
        if (readsSegments(template)) paths.add(SEGMENTS);
      }
    }
  }
  if (paths.has('*')) return ['*'];
  // A whole field covers what lies below it.
  return [...paths].filter((path) => !path.includes('.') || !paths.has(path.slice(0, path.indexOf('.')))).sort();
}

type Fields = Readonly<Record<string, unknown>>;

/** Reduces a profile to the paths. Fields that the profile lacks are left out. */
export function projector(paths: readonly string[]): (profile: Fields) => Fields {
  if (paths.includes('*')) return (profile) => profile;
  const split = paths.map((path) => path.split('.'));
  return (profile) => {
    const projected: Record<string, unknown> = {};
    for (const [field, below] of split) {
      if (field === undefined || !Object.hasOwn(profile, field)) continue;
      const value = profile[field];
      if (below === undefined) projected[field] = value;
      else if (typeof value === 'object' && value !== null && Object.hasOwn(value, below)) {
        const part = Object.hasOwn(projected, field) ? (projected[field] as Fields) : {};
        projected[field] = { ...part, [below]: (value as Fields)[below] };
      }
    }
    return projected;
  };
}
