import { ADDRESS_KEYS, type Environment, isOwnPart, type PartName, type Picked } from './types.ts';

export interface Pick {
  readonly picked: Exclude<Picked, 'testcontainers'>;
  readonly why: string;
  /** Set when adopted. */
  readonly address?: string;
}

/** Environment first, then a Docker engine, then native. Pure: what was found comes in. */
export function pick(part: PartName, found: { readonly env: Environment; readonly dockerAnswers: boolean }): Pick {
  const key = ADDRESS_KEYS[part];
  const address = found.env[key];
  if (address) return { picked: 'adopted', why: `${key} names it`, address };
  if (found.dockerAnswers && !isOwnPart(part))
    return { picked: 'docker', why: `no ${key}, a Docker engine answers: compose` };
  return { picked: 'native', why: `no ${key}, no Docker engine` };
}
