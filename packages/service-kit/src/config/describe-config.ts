import type { ConfigKeys, ConfigSchema } from './load-config.ts';

/** The resolved configuration as text per key, secrets hidden: for the log at start. */
export function describeConfig<K extends ConfigKeys>(
  schema: ConfigSchema<K>,
  config: Readonly<Record<string, unknown>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(schema.keys).map(([key, spec]) => [
      key,
      config[key] === undefined ? '(not set)' : spec.show(config[key]),
    ]),
  );
}

/** One row of the generated reference. */
export interface ConfigRow {
  readonly key: string;
  readonly about: string;
  readonly expects: string;
  /** `required`, `optional`, or the default as text. */
  readonly without: string;
  readonly secret: boolean;
}

const withoutIt = (spec: ConfigKeys[string]): string => {
  if (spec.fallback === undefined) return spec.required ? 'required' : 'optional';
  return spec.defaultSays ?? spec.show(spec.fallback);
};

/** The keys of a service as rows of `docs/reference/config.md`. */
export function configRows(schema: ConfigSchema<ConfigKeys>): readonly ConfigRow[] {
  return Object.entries(schema.keys).map(([key, spec]) => ({
    key: spec.secret ? `${key} or ${key}_FILE` : key,
    about: spec.about,
    expects: spec.expects,
    without: withoutIt(spec),
    secret: spec.secret,
  }));
}
