import bowser from 'bowser';
import { own, ownText } from './json.ts';

/** What a customer uses: a browser on one of these, or the shop's own app. */
export const deviceTypes = ['desktop', 'mobile', 'tablet', 'tv', 'app'] as const;
export type DeviceType = (typeof deviceTypes)[number];

const MAX_USER_AGENT_LENGTH = 512;

/** What a client says itself; Segment's libraries for phones write the system. */
const said: Readonly<Record<string, DeviceType>> = {
  desktop: 'desktop',
  mobile: 'mobile',
  phone: 'mobile',
  smartphone: 'mobile',
  tablet: 'tablet',
  tv: 'tv',
  smarttv: 'tv',
  app: 'app',
  ios: 'app',
  android: 'app',
};

/**
 * The device of an event: what the client says (`context.device.type`), else the browser's client hints
 * (`context.userAgentData`), else its user agent. Null when nothing tells, and for bots. A tablet that asks for desktop
 * pages calls itself a desktop, and is taken for one.
 */
export function deviceOf(context: Readonly<Record<string, unknown>>): DeviceType | null {
  const type = ownText(own(context, 'device'), 'type')?.toLowerCase();
  if (type !== undefined && Object.hasOwn(said, type)) return said[type] ?? null;
  const hints = own(context, 'userAgentData');
  const isMobile = own(hints, 'mobile');
  if (isMobile === true) return 'mobile';
  const userAgent = ownText(context, 'userAgent');
  const ofUserAgent = userAgent === null ? null : deviceOfUserAgent(userAgent);
  if (isMobile !== false) return ofUserAgent;
  // Tablets and televisions are no mobiles, to the hints.
  return ownText(hints, 'platform') === 'Android' ? (ofUserAgent ?? 'tablet') : 'desktop';
}

// Parsed once per text, which is a pure function of it; bounded, because texts come from anybody.
const known = new Map<string, DeviceType | null>();
const MAX_KNOWN = 1_000;

function deviceOfUserAgent(userAgent: string): DeviceType | null {
  if (userAgent.length > MAX_USER_AGENT_LENGTH) return null;
  const before = known.get(userAgent);
  if (before !== undefined) return before;
  const { type } = bowser.parse(userAgent).platform;
  const device = type === 'desktop' || type === 'mobile' || type === 'tablet' || type === 'tv' ? type : null;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(userAgent, device);
  return device;
}
