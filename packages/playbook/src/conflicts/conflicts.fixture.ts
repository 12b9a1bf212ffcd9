import { formatIssue } from '../lint-issue.ts';
import { parsePlaybook } from '../parse-playbook.ts';
import { findConflicts } from './index.ts';

/** Conflicts of playbooks that lint lets pass, each as one line that begins with its code. */
export function conflictsOf(...texts: string[]): string[] {
  const parsed = parsePlaybook(texts.map((text, at) => ({ path: `${'abcdef'[at]}.yaml`, text })));
  const faults = parsed.issues.filter(({ severity }) => severity === 'error').map(formatIssue);
  if (faults.length > 0) throw new Error(`the example has faults of lint:\n${faults.join('\n')}`);
  return findConflicts(parsed).map((one) => `${one.code} ${formatIssue(one)}`);
}

const contents: Readonly<Record<string, string>> = {
  email: 'email: { subject: Hello, body: "<p>hello</p>" }',
  sms: 'sms: { text: hello }',
  onsite: 'onsite: { slot: bar, body: "<p>hello</p>" }',
  task: 'task: { title: t, action: a, why: w }',
};

export const message = (id: string, channels = ['email'], purpose = 'marketing'): string =>
  `---\nkind: Message\nid: ${id}\nstatus: live\npurpose: ${purpose}\nchannels:\n${channels.map((one) => `  ${contents[one]}\n`).join('')}`;

export const trigger = (id: string, more: string): string =>
  `---\nkind: Trigger\nid: ${id}\nstatus: live\npurpose: marketing\n${more}\n`;

export const journey = (startsWith: string, steps: string): string =>
  `---\nkind: Journey\nid: ${startsWith}-talk\nstatus: live\nstartsWith: ${startsWith}\nsteps:\n${steps.replaceAll(/^/gm, '  ')}\n`;

export const company = (more = ''): string =>
  `---\nkind: Company\nstatus: live\nname: Shop\nzone: Europe/London\n${more}\n`;
