import type { ChangelogPart } from '@kairos/contracts';
import type { IncomingRecord } from '@kairos/stream-kit';
import { Violation } from '../violation.ts';
import type { Cluster, Log } from '../world/cluster.ts';
import type { History } from './history.ts';

interface Cut {
  from: number;
  to: number;
  parts: number;
  standing: number;
}

/** How far the cuts of a changelog reach without a gap. */
function reach(cuts: Iterable<Cut>): number {
  let covered = 0;
  const complete = [...cuts].filter(({ parts, standing }) => parts === standing).sort((a, b) => a.from - b.from);
  for (const { from, to } of complete) if (from <= covered) covered = Math.max(covered, to);
  return covered;
}

/** Once a task can be restored up to an offset, nobody may take that away: not by a merge, not as a zombie. */
export function checkCutsStay(cluster: Cluster, history: History): void {
  const standing = new Map<Log, Map<string, ChangelogPart>>();
  const reached = new Map<Log, number>();
  cluster.listen((records: readonly IncomingRecord[], log: Log) => {
    if (!log.topic.endsWith('.changelog')) return;
    const parts = standing.get(log) ?? new Map<string, ChangelogPart>();
    standing.set(log, parts);
    for (const record of records) {
      const key = record.key?.toString() ?? '';
      if (record.value === null) parts.delete(key);
      else parts.set(key, history.value(record) as ChangelogPart);
    }
    const cuts = new Map<string, Cut>();
    for (const { writer, cut, toOffset, end } of parts.values()) {
      const name = `${writer}/${cut}`;
      const known = cuts.get(name) ?? { from: 0, to: toOffset, parts: -1, standing: 0 };
      cuts.set(name, known);
      known.standing += 1;
      if (end !== null) Object.assign(known, { from: end.fromOffset, to: toOffset, parts: end.parts });
    }
    const now = reach(cuts.values());
    const before = reached.get(log) ?? 0;
    if (now < before) {
      throw new Violation('cuts', `${log.topic}/${log.partition} reached ${before}, and now ${now} only`);
    }
    reached.set(log, now);
  });
}
