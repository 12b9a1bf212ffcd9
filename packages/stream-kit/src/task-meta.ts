/** What a task knows beside its keys. Plain data: it is the meta of a cut. */
export interface TaskMeta {
  /** Offset of the next input record. */
  nextOffset: number;
  /** Highest origin seen, per source partition `topic/partition`. */
  origins: Record<string, [offset: number, number: number]>;
  /** Time per source, only in the task that takes the minimum. */
  sourceTimes: Record<string, number>;
  /** Watermark, UTC ms; -1 before there is time. */
  timeMs: number;
  playbookOffset: number;
  playbookVersion: string;
}

export const newMeta = (): TaskMeta => ({
  nextOffset: 0,
  origins: {},
  sourceTimes: {},
  timeMs: -1,
  playbookOffset: -1,
  playbookVersion: '',
});

/** A copy that later records do not change. */
export const copyMeta = (meta: TaskMeta): TaskMeta => ({
  ...meta,
  origins: Object.fromEntries(
    Object.entries(meta.origins).map(([place, [offset, number]]) => [place, [offset, number]]),
  ),
  sourceTimes: { ...meta.sourceTimes },
});
