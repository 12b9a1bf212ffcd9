import {
  checkTemplate,
  type Definition,
  findInProfile,
  profileFields,
  profileReads,
  templateReads,
  templateVariables,
} from '@kairos/decisions';
import { suggest } from '../lint-issue.ts';
import type { Path } from '../yaml-source.ts';
import { unknownComputed } from './computed-traits.ts';
import type { Finding, Index } from './finding.ts';
import { checkTemplateProperties } from './planned.ts';

/** Templates of a message: that they parse, and that they read what there is. */
export function checkTemplates(definition: Definition, index: Index): Finding[] {
  if (definition.kind !== 'Message') return [];
  return definition.channels.flatMap((content) =>
    Object.entries(content)
      .filter(([field]) => !['channel', 'deliver', 'slot', 'url'].includes(field))
      .flatMap(([field, template]) => {
        const path = ['channels', content.channel, field === 'html' ? 'body' : field];
        return [...checkOne(template, path, index), ...checkTemplateProperties({ template, path }, definition, index)];
      }),
  );
}

/** Fields of the variables that have fixed ones; the others hold what events say. */
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  profile: profileFields,
  company: ['name'],
  event: ['name'],
};

function checkOne(text: string, path: Path, index: Index): Finding[] {
  const fault = checkTemplate(text);
  if (fault !== null) return [{ path, message: `the template has a fault: ${fault}`, remedy: 'correct the Liquid' }];
  const unknown = unknownComputed(profileReads(text), { path, value: text }, index);
  const found = templateReads(text).flatMap((read): Finding[] => {
    const [root = '', field = ''] = read.split('.');
    if (!templateVariables.includes(root)) {
      return [{ path, message: `unknown variable “${root}”`, value: read, remedy: suggest(root, templateVariables) }];
    }
    const known = fieldsOf[root];
    if (known === undefined || field === '') return [];
    if (known.includes(field)) return root === 'profile' ? checkBelow(read, path, index) : [];
    const more = root === 'profile' ? ' (what else is known of a person is below profile.traits)' : '';
    const message = `the ${root} has no field “${field}”`;
    return [{ path, message, value: read, remedy: `${suggest(field, known)}${more}` }];
  });
  return [...found, ...unknown];
}

/** What Liquid itself knows of every text and list. */
const OWN_OF_LIQUID: ReadonlySet<string> = new Set(['size', 'first', 'last']);

/** Below a field of the profile, as far as its type says what lies there: whatever else is read is empty for everybody. */
function checkBelow(read: string, path: Path, index: Index): Finding[] {
  const [, ...steps] = read.split('.');
  const computed = [...index.of('ComputedTrait').values()].filter((one) => one.kind === 'ComputedTrait');
  const found = findInProfile(steps, computed);
  if (found.is !== 'unknown' || found.within === null) return [];
  const { name, within, known } = found;
  // Of computed traits there is word already.
  if (within === 'profile.computed') return [];
  if (OWN_OF_LIQUID.has(name) && read === `${within}.${name}`) return [];
  const message = `${within} has no field “${name}”`;
  const remedy = known.length === 0 ? `write ${within}: nothing lies below it` : suggest(name, known);
  return [{ path, message, value: read, remedy }];
}
