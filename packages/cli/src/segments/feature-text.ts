import { featurePathFault, type ModelFeature, numericFields, readFeaturePath } from '@kairos/decisions';
import { nearest } from '@kairos/playbook';
import { CliError, exitCodes } from '../exit.ts';

/** What a feature reads; its place on the scale of the model is learned. */
export type AskedFeature = Pick<ModelFeature, 'name' | 'reads' | 'path' | 'log'> & {
  /** Null = the largest that anybody has for `daysSince`, else 0. */
  readonly whenMissing: number | null;
};

/** Recency, frequency and monetary value: what a shop knows of everybody who bought. */
export const DEFAULT_FEATURES =
  'recency=daysSince(profile.lastOrderAtMs):log, orders=profile.orderCount:log, value=profile.netValue:log';

export const FEATURE_FORM =
  '[name=]profile.<path> or [name=]daysSince(profile.<path>), then :log and :missing=<number>';

/** `recency=daysSince(profile.lastOrderAtMs):log, orders=profile.orderCount:missing=0`. */
export function readFeatures(text: string): readonly AskedFeature[] {
  const features = partsOf(text).map(readFeature);
  if (features.length === 0) throw usage('--features names none', `write ${FEATURE_FORM}`);
  const twice = features.find(({ name }, at) => features.findIndex((one) => one.name === name) < at);
  if (twice !== undefined)
    throw usage(
      `--features names “${twice.name}” twice`,
      'give one of them another name, as in orders2=profile.orderCount',
    );
  return features;
}

/** Commas within quotes belong to a name. */
const partsOf = (text: string): readonly string[] =>
  (text.match(/(?:"[^"]*"|[^,"])+/g) ?? []).map((part) => part.trim()).filter((part) => part !== '');

const FEATURE =
  /^(?:([A-Za-z][\w-]{0,39})\s*=\s*)?(daysSince\s*\()?\s*(profile(?:\.[\w$-]+|\["[^"]+"\])+)\s*(\))?((?::log|:missing=-?[\d.]+)*)$/;

function readFeature(text: string): AskedFeature {
  const [, given, opens, written = '', closes, more = ''] = FEATURE.exec(text) ?? [];
  const path = readFeaturePath(written);
  if (path === null || (opens === undefined) !== (closes === undefined)) {
    throw usage(`--features: “${text}” is no feature`, `write ${FEATURE_FORM}`);
  }
  const fault = featurePathFault(path);
  if (fault !== null) {
    const near = fault.unknown === undefined ? null : nearest(fault.unknown, numericFields);
    const remedy = near === null ? `known are ${numericFields.join(', ')}` : `did you mean profile.${near}?`;
    throw usage(`--features: “${text}”: ${fault.message}`, remedy);
  }
  const missing = /:missing=(-?[\d.]+)/.exec(more)?.[1];
  if (missing !== undefined && !Number.isFinite(Number(missing))) {
    throw usage(`--features: “${text}”: “${missing}” is no number`, 'write it as in :missing=365');
  }
  return {
    name: given ?? nameOf(path, opens !== undefined),
    reads: opens === undefined ? 'value' : 'daysSince',
    path,
    log: more.includes(':log'),
    whenMissing: missing === undefined ? null : Number(missing),
  };
}

/** `orderCount`, `Product-Viewed`, `daysSinceLastOrder`. */
function nameOf(path: readonly string[], isTime: boolean): string {
  const plain = (path.at(-1) ?? '').replaceAll(/[^\w-]+/g, '-').replace(/^[^A-Za-z]+/, '');
  const name = isTime
    ? `daysSince${plain.slice(0, 1).toUpperCase()}${plain.slice(1).replace(/(?:At)?Ms$/, '')}`
    : plain;
  return name.slice(0, 40) || 'feature';
}

const usage = (what: string, remedy: string): CliError => new CliError(`${what}: ${remedy}.`, exitCodes.usage);
