import type { Random } from './random.ts';

/** Zones around the globe, so that at any moment some customers are awake. */
export const zones = [
  'Europe/London',
  'America/New_York',
  'America/Los_Angeles',
  'Asia/Tokyo',
  'Australia/Sydney',
  'Asia/Kolkata',
  'America/Sao_Paulo',
  'Africa/Johannesburg',
] as const;

const firstNames = [
  'Ada',
  'Bela',
  'Chidi',
  'Dana',
  'Emeka',
  'Farah',
  'Goran',
  'Hana',
  'Ines',
  'Jun',
  'Kofi',
  'Lena',
  'Mateo',
  'Nia',
  'Oskar',
  'Priya',
  'Quinn',
  'Rosa',
  'Sven',
  'Tala',
];
const lastNames = [
  'Abe',
  'Berg',
  'Costa',
  'Diaz',
  'Eze',
  'Fox',
  'Gupta',
  'Haas',
  'Ito',
  'Jones',
  'Kim',
  'Lima',
  'Moreau',
  'Novak',
  'Okafor',
  'Patel',
];

const products = [
  { product_id: 'KB-01', name: 'Oak desk lamp', price: 49.9 },
  { product_id: 'KB-02', name: 'Linen throw', price: 64 },
  { product_id: 'KB-03', name: 'Enamel kettle', price: 38.5 },
  { product_id: 'KB-04', name: 'Walnut tray', price: 27.25 },
  { product_id: 'KB-05', name: 'Wool rug', price: 189 },
  { product_id: 'KB-06', name: 'Stoneware set', price: 119.95 },
  { product_id: 'KB-07', name: 'Brass hook', price: 12.4 },
  { product_id: 'KB-08', name: 'Reading chair', price: 420 },
] as const;

export type Product = (typeof products)[number];

export interface Person {
  readonly userId: string;
  readonly anonymousId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly zone: string;
}

/** A made-up customer. Ids carry the run's id, so that two runs never share a person; addresses end in example.com. */
export function makePerson(
  random: Random,
  who: { readonly runId: string; readonly number: number; readonly zones: readonly string[] },
): Person {
  const { runId, number } = who;
  const firstName = random.pick(firstNames);
  const lastName = random.pick(lastNames);
  return {
    userId: `${runId}-${number}`,
    anonymousId: `${runId}-browser-${number}`,
    firstName,
    lastName,
    email: `${firstName}.${lastName}.${runId}.${number}@example.com`.toLowerCase(),
    zone: random.pick(who.zones),
  };
}

export const pickProduct = (random: Random): Product => random.pick(products);

/** The shop's marketing mails come by day: nobody is written to from nine in the evening to eight in the morning. */
export function isNight(atMs: number, zone: string): boolean {
  const minutes = localMinutes(atMs, zone);
  return minutes >= 21 * 60 || minutes < 8 * 60;
}

/** Zones where neither evening nor morning comes while a run is on, so that its script knows day from night. */
export const steadyZones = (fromMs: number, toMs: number): readonly string[] =>
  zones.filter((zone) => isNight(fromMs, zone) === isNight(toMs, zone));

/** Hour and minute on the wall where the person lives, as minutes after midnight. */
function localMinutes(atMs: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(atMs);
  const part = (type: string): number => Number(parts.find((found) => found.type === type)?.value ?? 0);
  return part('hour') * 60 + part('minute');
}
