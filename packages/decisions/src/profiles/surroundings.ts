import { isZone } from '../time/index.ts';
import { contextCountryOf } from './country.ts';
import { deviceOf } from './device.ts';
import { ownText } from './json.ts';

const MAX_LOCALE_LENGTH = 35;

type Surroundings = ReturnType<typeof readSurroundings>;
let lastContext: Readonly<Record<string, unknown>> | undefined;
let lastSurroundings: Surroundings | undefined;

/** What the context of an event tells of the person. One source's events often come with the same, which is parsed once. */
export function surroundingsOf(context: Readonly<Record<string, unknown>>): Surroundings {
  if (lastSurroundings !== undefined && lastContext === context) return lastSurroundings;
  lastContext = context;
  lastSurroundings = readSurroundings(context);
  return lastSurroundings;
}

function readSurroundings(context: Readonly<Record<string, unknown>>) {
  const zone = ownText(context, 'timezone');
  const locale = ownText(context, 'locale');
  return {
    zone: zone !== null && isZone(zone) ? zone : null,
    locale: locale !== null && locale.length <= MAX_LOCALE_LENGTH ? locale : null,
    country: contextCountryOf(context),
    device: deviceOf(context),
  };
}
