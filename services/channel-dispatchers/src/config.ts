import { type ConfigOf, commonKeys, defineConfig, env, kafkaKeys, postgresKeys, redisKeys } from '@kairos/service-kit';

const hostList = {
  item: /^[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-fA-F:]+\](:\d{1,5})?$/,
  expects: 'host or host:port, several separated by commas',
};
const secrets = {
  secret: true,
  item: /^\S{16,}$/,
  expects: 'secrets of at least 16 characters, separated by commas; the first signs',
};

/** Every environment key of this service. */
export const config = defineConfig(
  {
    ...commonKeys({ httpPort: 3006 }),
    ...kafkaKeys(),
    ...postgresKeys(),
    ...redisKeys(),
    SMTP_URL: env.url({
      about: 'Where e-mail is handed over.',
      schemes: ['smtp', 'smtps'],
      example: 'smtp://user:password@127.0.0.1:587',
      secret: true,
    }),
    EMAIL_FROM: env.text({
      about: 'Sender of every e-mail.',
      pattern: /^[^\r\n]*<?[^\s@<>]+@[^\s@<>]+>?$/,
      expects: 'an address such as Shop <no-reply@example.com>',
      default: 'Kairos <kairos@localhost>',
    }),
    SMS_URL: env.url({
      about: 'Gateway for texts, in Twilio’s HTTP form; without it there are none.',
      schemes: ['http', 'https'],
      example: 'https://api.twilio.com',
      optional: true,
    }),
    SMS_ACCOUNT_SID: env.text({
      about: 'Account at the gateway.',
      pattern: /^[\w-]{1,64}$/,
      expects: 'an account such as AC and 32 hex digits',
      optional: true,
    }),
    SMS_AUTH_TOKEN: env.list({
      about: 'Tokens of that account: the first logs in, each is believed as signature of a callback.',
      ...secrets,
      expects: 'tokens of at least 16 characters, separated by commas; the first logs in',
      optional: true,
    }),
    SMS_FROM: env.text({
      about: 'Sender of every text.',
      pattern: /^(\+[1-9]\d{4,14}|\d{3,8}|MG[0-9a-fA-F]{32}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/,
      expects: 'a number in E.164, a short code, a name of at most 11 letters, or a messaging service (MG…)',
      optional: true,
    }),
    PUBLIC_URL: env.url({
      about: 'Where recipients reach this service (clicks, unsubscribes, the inbox).',
      schemes: ['http', 'https'],
      example: 'https://news.example.com',
      optional: true,
    }),
    COLLECTOR_URL: env.url({
      about: 'The collector, through which clicks and unsubscribes come home.',
      schemes: ['http', 'https'],
      example: 'http://127.0.0.1:3001',
    }),
    COLLECTOR_WRITE_KEY: env.text({ about: 'A server write key of the collector.', secret: true }),
    LINK_SIGNING_SECRET: env.list({
      about: 'Signs links in messages. Rotate by putting the new one first.',
      ...secrets,
    }),
    API_TOKEN: env.text({
      about: 'Token with which the console asks for the work-list; without it nobody can ask.',
      secret: true,
      minLength: 16,
      optional: true,
    }),
    SITE_TOKEN_SECRET: env.list({ about: 'Shared with the site, which signs who its visitor is.', ...secrets }),
    WEBHOOK_SECRET: env.list({ about: 'Signs webhooks (whsec_…).', ...secrets }),
    WEBHOOK_ALLOW_HOSTS: env.list({
      about: 'Hosts inside that webhooks may reach, also over http.',
      ...hostList,
      default: [],
      defaultSays: 'none',
    }),
    ONSITE_ORIGINS: env.list({ about: 'Origins of the sites that show messages; * = any.', default: ['*'] }),
    DISPATCH_LEASE: env.duration({
      about: 'A worker without a sign of life for so long is gone, and others take over what it had.',
      minMs: 1_000,
      default: 15_000,
    }),
    DISPATCH_INBOX_CAP: env.integer({ about: 'Messages in one inbox on the site.', min: 1, max: 200, default: 20 }),
  },
  {
    ownPrefixes: ['DISPATCH_', 'WEBHOOK_', 'ONSITE_', 'SMS_'],
    together: [['SMS_URL', 'SMS_ACCOUNT_SID', 'SMS_AUTH_TOKEN', 'SMS_FROM']],
  },
);

export type Config = ConfigOf<typeof config>;

/** Where texts are handed over, and as whom. */
export interface SmsAccount {
  readonly url: string;
  readonly accountSid: string;
  /** The first logs in; each may sign a callback while they rotate. */
  readonly authTokens: readonly [string, ...string[]];
  readonly from: string;
}

/** The SMS gateway, if one is set up; the schema has seen to it that nothing of it is missing. */
export function smsAccountOf(config: Config): SmsAccount | null {
  const { SMS_URL: url, SMS_ACCOUNT_SID: accountSid, SMS_AUTH_TOKEN: tokens = [], SMS_FROM: from } = config;
  const [token, ...others] = tokens;
  if (url === undefined || accountSid === undefined || token === undefined || from === undefined) return null;
  return { url, accountSid, authTokens: [token, ...others], from };
}
