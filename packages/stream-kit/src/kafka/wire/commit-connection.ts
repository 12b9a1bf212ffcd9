import type { Broker, Cluster } from 'kafkajs';

interface Call {
  readonly request: { readonly apiName: string };
}

interface Pool {
  getConnection(index: number): Promise<unknown>;
  getConnectionByRequest(call: Call): Promise<unknown>;
}

/** kafkajs' second connection to a broker, which it keeps for fetches. */
const FETCHES = 1;
const taught = new WeakSet<Pool>();

const teach = (broker: Broker, isJoining: () => boolean): void => {
  const { connectionPool: pool } = broker as unknown as { readonly connectionPool: Pool };
  if (taught.has(pool)) return;
  taught.add(pool);
  const choose = pool.getConnectionByRequest.bind(pool);
  pool.getConnectionByRequest = (call) =>
    call.request.apiName === 'OffsetCommit' && isJoining() ? pool.getConnection(FETCHES) : choose(call);
};

/**
 * Lets commits of a consumer's own cluster go beside its join. A broker deals with one request of a connection after the other, and a join is answered
 * when all members have come: a commit behind it would come with a generation that has ended, and be refused. Before
 * that it is welcome, for the partitions are still ours.
 */
export const commitBesideJoins = (cluster: Cluster, isJoining: () => boolean): void => {
  const find = cluster.findBroker.bind(cluster);
  cluster.findBroker = async (asked) => {
    const broker = await find(asked);
    teach(broker, isJoining);
    return broker;
  };
};
