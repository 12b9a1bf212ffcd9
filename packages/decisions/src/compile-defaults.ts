import type { CompanyDefinition } from './definitions.ts';

/** The company of a playbook that has none. */
export const defaultCompany: CompanyDefinition = {
  kind: 'Company',
  id: 'company',
  version: 'default',
  description: 'Defaults, because the playbook names no company.',
  owner: '',
  status: 'live',
  name: '',
  zone: 'Etc/UTC',
  currency: 'EUR',
  liveHorizonMs: 86_400_000,
  collectForMs: { marketing: 1_000, service: 0 },
  quietHours: [],
  globalHoldoutPercent: 0,
  salt: 'kairos',
};
