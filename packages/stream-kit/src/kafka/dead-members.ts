import kafkajs, { type Kafka } from 'kafkajs';
import type { Logger } from '../logger.ts';
import { openCluster } from './kafkajs-cluster.ts';

interface Described {
  readonly groups: readonly {
    readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
  }[];
}

/** The part of kafkajs' broker that its types leave out. */
interface Coordinator {
  describeGroups(asked: { readonly groupIds: readonly string[] }): Promise<Described>;
  leaveGroup(member: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
}

/** What a member says of itself beside what it holds. */
export const memberNameOf = (metadata: Buffer): string | undefined => {
  try {
    const userData = kafkajs.AssignerProtocol.MemberMetadata.decode(metadata)?.userData;
    const { name } = JSON.parse(userData?.toString('utf8') ?? '{}') as { name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    // Another client's member.
    return undefined;
  }
};

/**
 * Lets members leave a group that carry a name which only one living process has, and that is ours now: so they are dead,
 * and their partitions need not wait until their session has run out. Were one alive after all, it would join again. It
 * never throws: without it a start takes longer.
 */
export const sendAwayDead = async (
  kafka: Kafka,
  { groupId, name }: { readonly groupId: string; readonly name: string },
  logger: Logger,
): Promise<void> => {
  try {
    const { cluster, close } = await openCluster(kafka);
    try {
      const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as Coordinator;
      const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
      for (const { memberId, memberMetadata } of groups[0]?.members ?? []) {
        if (memberNameOf(memberMetadata) !== name) continue;
        await coordinator.leaveGroup({ groupId, memberId });
        logger.info({ groupId, memberId, name }, 'the member of a dead process before us left the group');
      }
    } finally {
      await close();
    }
  } catch (error) {
    logger.debug({ groupId, error: String(error) }, 'dead members were not looked for: their session runs out');
  }
};
