import { z } from 'zod';

/** One environment key: what it is for, what is accepted, what happens without it. Made by the helpers of `env`. */
export interface KeySpec<T> {
  /** What the key is for, one sentence. */
  readonly about: string;
  /** What a good value looks like, with an example; part of every fault. */
  readonly expects: string;
  /** From the raw text to the value. */
  readonly schema: z.ZodType<T, unknown>;
  /** A secret may also come from the file that `<KEY>_FILE` names, and is never shown. */
  readonly secret: boolean;
  readonly required: boolean;
  readonly fallback: T | undefined;
  /** What to do when it is missing or wrong, where there is more to say than “set it”. */
  readonly remedy: string | undefined;
  /** How the value is shown in the log and in the reference; hides what is secret. */
  show(value: T): string;
  /** The default in words, where it differs from machine to machine. */
  readonly defaultSays: string | undefined;
}

interface Options<T, O extends boolean> {
  readonly about: string;
  readonly default?: T;
  /** true: the value is undefined when the key is not set. */
  readonly optional?: O;
  readonly secret?: boolean;
  readonly remedy?: string;
  readonly defaultSays?: string;
}

type Value<T, O extends boolean> = O extends true ? T | undefined : T;

interface Form<T> {
  readonly expects: string;
  readonly schema: z.ZodType<T, unknown>;
  readonly show?: (value: T) => string;
}

const spec = <T, O extends boolean>(options: Options<T, O>, form: Form<T>): KeySpec<Value<T, O>> => {
  const { expects, schema, show = String } = form;
  const made: KeySpec<T> = {
    about: options.about,
    expects,
    schema,
    secret: options.secret ?? false,
    required: options.default === undefined && options.optional !== true,
    fallback: options.default,
    remedy: options.remedy,
    // An address is shown without its password; any other secret not at all.
    show: options.secret === true && show !== (hidePassword as unknown) ? () => '***' : show,
    defaultSays: options.defaultSays,
  };
  return made as KeySpec<Value<T, O>>;
};

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const UNITS_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

const withUnit = (text: string, units: Readonly<Record<string, number>>): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text);
  if (match === null) return undefined;
  const factor = match[2] === '' ? 1 : units[match[2] ?? ''];
  const number = Number(match[1]);
  return factor === undefined || !Number.isFinite(number) ? undefined : Math.round(number * factor);
};

const shown = (value: number, units: Readonly<Record<string, number>>): string => {
  const fitting = Object.entries(units).filter(([, factor]) => value >= factor && value % factor === 0);
  const [unit, factor] = fitting.at(-1) ?? ['', 1];
  return `${value / factor}${unit}`;
};

const numberFrom = (read: (text: string) => number | undefined): z.ZodType<number, unknown> =>
  z.string().transform((text, context) => {
    const value = read(text.trim());
    if (value === undefined) {
      context.issues.push({ code: 'custom', input: text, message: '' });
      return z.NEVER;
    }
    return value;
  });

const HOST_AND_PORT = /^(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/;

/** Hides what may be secret in an address: the password and the query. */
export function hidePassword(address: string): string {
  try {
    const url = new URL(address);
    if (url.password !== '') url.password = '***';
    if (url.search !== '') url.search = '?***';
    return url.href;
  } catch {
    return '***';
  }
}

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Helpers that make the keys of a service's configuration. Each takes `{about, default? | optional?, secret?, remedy?}`. */
export const env = {
  /** Text as it is. */
  text: <O extends boolean = false>(
    options: Options<string, O> & { readonly pattern?: RegExp; readonly expects?: string; readonly minLength?: number },
  ): KeySpec<Value<string, O>> =>
    spec(options, {
      expects:
        options.expects ??
        (options.minLength === undefined ? 'a text' : `a text of at least ${options.minLength} characters`),
      schema: z
        .string()
        .min(options.minLength ?? 1)
        .regex(options.pattern ?? /^/),
    }),

  /** One of a closed list. */
  choice: <const T extends string, O extends boolean = false>(
    options: Options<T, O> & { readonly of: readonly T[] },
  ): KeySpec<Value<T, O>> =>
    spec(options, {
      expects: `one of ${options.of.join(', ')}`,
      schema: z.enum(options.of as readonly [T, ...T[]]) as z.ZodType<T, unknown>,
    }),

  /** true/false, 1/0, yes/no, on/off. */
  flag: <O extends boolean = false>(options: Options<boolean, O>): KeySpec<Value<boolean, O>> =>
    spec(options, { expects: 'true or false', schema: z.stringbool() as z.ZodType<boolean, unknown> }),

  /** A whole number within limits. */
  integer: <O extends boolean = false>(
    options: Options<number, O> & { readonly min?: number; readonly max?: number },
  ): KeySpec<Value<number, O>> => {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    return spec(options, {
      expects: `a whole number ${range}`,
      schema: numberFrom((text) => (/^-?\d+$/.test(text) && +text >= min && +text <= max ? Number(text) : undefined)),
    });
  },

  /** A number within limits, fractions allowed. */
  number: <O extends boolean = false>(
    options: Options<number, O> & { readonly min?: number; readonly max?: number },
  ): KeySpec<Value<number, O>> => {
    const { min = 0, max = Number.MAX_VALUE } = options;
    return spec(options, {
      expects: max === Number.MAX_VALUE ? `a number of at least ${min}` : `a number from ${min} to ${max}`,
      schema: numberFrom((text) =>
        /^-?\d+(\.\d+)?$/.test(text) && +text >= min && +text <= max ? Number(text) : undefined,
      ),
    });
  },

  /** A TCP port; 0 picks a free one. */
  port: <O extends boolean = false>(options: Options<number, O>): KeySpec<Value<number, O>> =>
    spec(options, {
      expects: 'a port from 0 to 65535 (0 picks a free one)',
      schema: numberFrom((text) => (/^\d{1,5}$/.test(text) && +text <= 65_535 ? Number(text) : undefined)),
    }),

  /** A length of time; the value is in ms. */
  duration: <O extends boolean = false>(
    options: Options<number, O> & { readonly minMs?: number; readonly maxMs?: number },
  ): KeySpec<Value<number, O>> => {
    const { minMs = 0, maxMs = Number.MAX_SAFE_INTEGER } = options;
    const limit = maxMs === Number.MAX_SAFE_INTEGER ? '' : `, at most ${shown(maxMs, UNITS_MS)}`;
    return spec(options, {
      expects: `a length of time such as 500ms, 5s, 10m, 2h or 7d${limit}`,
      schema: numberFrom((text) => {
        const value = withUnit(text, UNITS_MS);
        return value !== undefined && value >= minMs && value <= maxMs ? value : undefined;
      }),
      show: (value) => shown(value, UNITS_MS),
    });
  },

  /** A size; the value is in bytes. */
  bytes: <O extends boolean = false>(options: Options<number, O>): KeySpec<Value<number, O>> =>
    spec(options, {
      expects: 'a size such as 512B, 32KiB or 4MiB',
      schema: numberFrom((text) => withUnit(text, UNITS_BYTES)),
      show: (value) => shown(value, UNITS_BYTES),
    }),

  /** An address with one of the given schemes. A password in it is never shown. */
  url: <O extends boolean = false>(
    options: Options<string, O> & { readonly schemes: readonly string[]; readonly example: string },
  ): KeySpec<Value<string, O>> =>
    spec(options, {
      expects: `an address such as ${options.example}`,
      schema: z
        .string()
        .refine((text) => URL.canParse(text) && options.schemes.includes(new URL(text).protocol.slice(0, -1))),
      show: hidePassword,
    }),

  /** Texts separated by commas. */
  list: <O extends boolean = false>(
    options: Options<readonly string[], O> & { readonly expects?: string; readonly item?: RegExp },
  ): KeySpec<Value<readonly string[], O>> => {
    const { item = /^/ } = options;
    return spec(options, {
      expects: options.expects ?? 'texts separated by commas',
      schema: z
        .string()
        .transform(splitList)
        .refine((parts) => parts.length > 0 && parts.every((part) => item.test(part))) as z.ZodType<
        readonly string[],
        unknown
      >,
      show: (parts) => parts.join(','),
    });
  },

  /** host:port, several separated by commas. */
  brokers: <O extends boolean = false>(options: Options<readonly string[], O>): KeySpec<Value<readonly string[], O>> =>
    env.list({
      ...options,
      item: HOST_AND_PORT,
      expects: 'host:port, several separated by commas, such as 127.0.0.1:9092',
    }),

  /** JSON of a shape given as a zod schema. Faults name the place inside. */
  json: <T, O extends boolean = false>(
    options: Options<T, O> & { readonly schema: z.ZodType<T>; readonly expects: string },
  ): KeySpec<Value<T, O>> =>
    spec(options, {
      expects: options.expects,
      schema: z
        .string()
        .transform((text, context) => {
          try {
            return JSON.parse(text) as unknown;
          } catch {
            context.issues.push({ code: 'custom', input: text, message: 'is not JSON' });
            return z.NEVER;
          }
        })
        .pipe(options.schema as z.ZodType<T, unknown>),
      show: (value) => JSON.stringify(value),
    }),
};
