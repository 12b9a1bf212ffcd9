import kafkajs, { type PartitionAssigner } from 'kafkajs';
import { assignSticky, type PartitionName, type StickyMember } from './sticky-assignment.ts';

const VERSION = 1;

const readHeld = (userData: Buffer): readonly PartitionName[] => {
  try {
    const said: unknown = JSON.parse(userData.toString('utf8'));
    const held = (said as { held?: unknown }).held;
    return Array.isArray(held) ? held.filter((name) => typeof name === 'string') : [];
  } catch {
    // A member without memory, or of another version: it held nothing that matters.
    return [];
  }
};

const toAssignment = (names: readonly PartitionName[]): Record<string, number[]> => {
  const assignment: Record<string, number[]> = {};
  for (const name of names) {
    const cut = name.lastIndexOf('/');
    const topic = name.slice(0, cut);
    const partitions = assignment[topic] ?? [];
    assignment[topic] = partitions;
    partitions.push(Number(name.slice(cut + 1)));
  }
  return assignment;
};

/** kafkajs has round-robin only, which moves nearly everything at each rebalance. `held` tells what this member holds now, `name` who it is (see `sendAwayDead`). */
export const stickyAssigner =
  (held: () => readonly PartitionName[], name?: string): PartitionAssigner =>
  ({ cluster }) => ({
    name: 'KairosSticky',
    version: VERSION,
    protocol: ({ topics }) => ({
      name: 'KairosSticky',
      metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify({ held: held(), name })),
      }),
    }),
    assign: async ({ members, topics }) => {
      const known: StickyMember[] = members.map(({ memberId, memberMetadata }) => {
        const decoded = kafkajs.AssignerProtocol.MemberMetadata.decode(memberMetadata);
        return {
          memberId,
          topics: decoded?.topics ?? topics,
          held: decoded === null ? [] : readHeld(decoded.userData),
        };
      });
      const all = [...new Set(known.flatMap((member) => member.topics))].flatMap((topic) =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => `${topic}/${partitionId}`),
      );
      return [...assignSticky(known, all)].map(([memberId, names]) => ({
        memberId,
        memberAssignment: kafkajs.AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: toAssignment(names),
          userData: Buffer.alloc(0),
        }),
      }));
    },
  });
