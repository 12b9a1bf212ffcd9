import type { CompiledWhen } from '../../compile-types.ts';
import type { Arm, OpenInstance, Said } from '../state.ts';

export type AbsenceWhen = Extract<CompiledWhen, { type: 'absence' }>;

/** Arming events kept per instance; the first and the last ones decide. */
const MAX_ARMS = 32;
/** Instances that one person may have open of one trigger; the one due first gives way. */
const MAX_OPEN = 64;

const isBefore = (a: Arm, b: Arm): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.messageId < b.messageId);

export const firstOf = (instance: OpenInstance): Arm => instance.arms[0] as Arm;
export const lastOf = (instance: OpenInstance): Arm => instance.arms[instance.arms.length - 1] as Arm;

export interface Arming {
  readonly key: string;
  readonly arm: Arm;
  readonly said: Said;
}

export interface Armed {
  readonly open: readonly OpenInstance[];
  /** Waited before and does not any more, although nothing ended it: another one took its place. */
  readonly gaveWay: OpenInstance | null;
}

/** Adds an arming event to its instance, or opens one. The same event again changes nothing. */
export function addArm(open: readonly OpenInstance[], { key, arm, said }: Arming, when: AbsenceWhen): Armed {
  const known = open.find((instance) => instance.key === key);
  // What happens most: one more waits, and the others wait as they did.
  if (known === undefined && (key !== '' || open.length === 0)) {
    return limit([...open, opened({ key, arm, said }, open, when)]);
  }
  if (known?.arms.some(({ messageId }) => messageId === arm.messageId)) return { open, gaveWay: null };
  const arms = inOrder(known?.arms ?? [], arm);
  const changed: OpenInstance = {
    key,
    arms: arms.length > MAX_ARMS ? arms.toSpliced(MAX_ARMS / 2, 1) : arms,
    count: (known?.count ?? 0) + 1,
    said: known !== undefined && isBefore(arm, lastOf(known)) ? known.said : said,
    dueAtMs: 0,
    graceMs: when.graceMs,
  };
  const others = open.filter((instance) => instance !== known);
  return limit(withDues([...others, changed], when, key));
}

function opened({ key, arm, said }: Arming, others: readonly OpenInstance[], when: AbsenceWhen): OpenInstance {
  const startMs = when.clock === 'restartsOnRepeat' ? Math.max(arm.atMs, keylessLastMsOf(others)) : arm.atMs;
  const dueAtMs = dueAtMsOf({ firstMs: arm.atMs, startMs }, when);
  return { key, arms: [arm], count: 1, said, dueAtMs, graceMs: when.graceMs };
}

/** Takes away the arming events up to a cancelling one; those that happened after it go on waiting. */
export function removeArms(
  open: readonly OpenInstance[],
  cancel: { readonly atMs: number; readonly messageId: string; concerns(key: string): boolean },
  when: AbsenceWhen,
): readonly OpenInstance[] {
  if (open.length === 0) return open;
  let next = open;
  for (const instance of open) {
    if (!cancel.concerns(instance.key)) continue;
    const arms = instance.arms.filter(({ atMs, messageId }) => atMs > cancel.atMs || messageId === cancel.messageId);
    if (arms.length === instance.arms.length) continue;
    const others = next.filter(({ key }) => key !== instance.key);
    const count = arms.length;
    next = arms.length === 0 ? others : [...others, { ...instance, arms, count }];
    // One that is gone changes nobody's clock, unless it had no key.
    if (arms.length > 0 || instance.key === '') next = withDues(next, when, instance.key);
  }
  return next;
}

const NONE_OPEN: readonly OpenInstance[] = [];

/** Takes an instance out because it fired. */
export function removeInstance(
  open: readonly OpenInstance[],
  instance: OpenInstance,
  when: AbsenceWhen,
): readonly OpenInstance[] {
  if (open.length === 1) return NONE_OPEN;
  return withDues(
    open.filter((other) => other !== instance),
    when,
    instance.key,
  );
}

/**
 * Sets the due time of the instance that changed. A repeat without a key restarts the clocks of all, so when the instance
 * without a key changed, all are set anew; otherwise the others keep what they were armed with.
 */
function withDues(open: readonly OpenInstance[], when: AbsenceWhen, changedKey: string): readonly OpenInstance[] {
  const keylessLastMs = keylessLastMsOf(open);
  const restarts = when.clock === 'restartsOnRepeat';
  return open.map((instance) => {
    if (instance.key !== changedKey && !(restarts && changedKey === '')) return instance;
    const firstMs = firstOf(instance).atMs;
    const startMs = restarts ? Math.max(lastOf(instance).atMs, keylessLastMs) : firstMs;
    const dueAtMs = dueAtMsOf({ firstMs, startMs }, when);
    return dueAtMs === instance.dueAtMs ? instance : { ...instance, dueAtMs };
  });
}

function keylessLastMsOf(open: readonly OpenInstance[]): number {
  const keyless = open.find(({ key }) => key === '');
  return keyless === undefined ? Number.NEGATIVE_INFINITY : lastOf(keyless).atMs;
}

/** The window after what started the clock last, but not later than the first event allows. */
const dueAtMsOf = (
  { firstMs, startMs }: { readonly firstMs: number; readonly startMs: number },
  { withinMs, atLatestAfterMs }: AbsenceWhen,
): number =>
  Math.min(startMs + withinMs, atLatestAfterMs === null ? Number.POSITIVE_INFINITY : firstMs + atLatestAfterMs);

function inOrder(arms: readonly Arm[], arm: Arm): readonly Arm[] {
  const at = arms.findIndex((other) => isBefore(arm, other));
  return at < 0 ? [...arms, arm] : arms.toSpliced(at, 0, arm);
}

function limit(open: readonly OpenInstance[]): Armed {
  if (open.length <= MAX_OPEN) return { open, gaveWay: null };
  const earliest = open.reduce((a, b) => (b.dueAtMs < a.dueAtMs ? b : a));
  return { open: open.toSpliced(open.indexOf(earliest), 1), gaveWay: earliest };
}
