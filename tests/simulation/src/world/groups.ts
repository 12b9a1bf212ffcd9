import type { Random } from '../random.ts';
import type { Cluster } from './cluster.ts';
import type { SimConsumer } from './consumer.ts';
import type { Coordinator } from './port.ts';

interface Group {
  readonly groupId: string;
  readonly topic: string;
  readonly members: SimConsumer[];
  readonly owners: Map<number, SimConsumer>;
}

/** An owner who was not told that the partition is somebody else's now. */
interface Zombie {
  readonly consumer: SimConsumer;
  readonly partition: number;
  turnsLeft: number;
}

/** Who works on which partition, in every group. */
export class Groups implements Coordinator {
  readonly #groups = new Map<string, Group>();
  readonly #cluster: Cluster;
  zombies: Zombie[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  join(consumer: SimConsumer): void {
    const { groupId } = consumer.options;
    const group: Group = this.#groups.get(groupId) ?? {
      groupId,
      topic: consumer.topic,
      members: [],
      owners: new Map(),
    };
    this.#groups.set(groupId, group);
    group.members.push(consumer);
  }

  leave(consumer: SimConsumer): void {
    const group = this.#groups.get(consumer.options.groupId);
    if (group === undefined) return;
    const at = group.members.indexOf(consumer);
    if (at >= 0) group.members.splice(at, 1);
    for (const [partition, owner] of group.owners) if (owner === consumer) group.owners.delete(partition);
    this.zombies = this.zombies.filter((zombie) => zombie.consumer !== consumer);
  }

  /** Gives what nobody owns to members of one group; answers false where there is nothing to give. */
  share(random: Random): boolean {
    const wanting = [...this.#groups.values()].filter(
      (group) => this.#unowned(group).length > 0 && group.members.length,
    );
    const group = random.pick(wanting);
    if (group === undefined) return false;
    const shares = new Map<SimConsumer, number[]>();
    for (const partition of this.#unowned(group)) {
      const member = random.pick(group.members);
      if (member === undefined) continue;
      this.#tell(random, member, partition);
      group.owners.set(partition, member);
      shares.set(member, [...(shares.get(member) ?? []), partition]);
    }
    for (const [member, partitions] of shares) member.assign(partitions);
    return true;
  }

  /** Moves a partition; `zombieTurns` > 0 leaves its old owner in the belief that it is his. */
  move(random: Random, zombieTurns: number): void {
    const group = random.pick([...this.#groups.values()].filter(({ owners }) => owners.size > 0));
    const [partition, from] = random.pick([...(group?.owners ?? [])]) ?? [];
    if (group === undefined || partition === undefined || from === undefined) return;
    const to = random.pick(group.members.filter((member) => member !== from));
    if (to === undefined || zombieTurns === 0) from.revoke(partition);
    else this.zombies.push({ consumer: from, partition, turnsLeft: zombieTurns });
    const next = to ?? from;
    this.#tell(random, next, partition);
    group.owners.set(partition, next);
    next.assign([partition]);
  }

  /** Time goes by for those who were not told. */
  age(): void {
    for (const zombie of [...this.zombies]) {
      zombie.turnsLeft -= 1;
      if (zombie.turnsLeft <= 0) this.#drop(zombie.consumer, zombie.partition);
    }
  }

  endZombies(): void {
    for (const { consumer, partition } of [...this.zombies]) this.#drop(consumer, partition);
  }

  get isComplete(): boolean {
    return [...this.#groups.values()].every((group) => this.#unowned(group).length === 0);
  }

  #unowned({ topic, owners }: Group): number[] {
    return this.#cluster.logs(topic).flatMap(({ partition }) => (owners.has(partition) ? [] : [partition]));
  }

  /** One who still believes to hold what he is given now learns that he did not, or never does. */
  #tell(random: Random, consumer: SimConsumer, partition: number): void {
    if (consumer.holds(partition) && random.chance(0.5)) {
      this.zombies = this.zombies.filter((one) => one.consumer !== consumer || one.partition !== partition);
    } else this.#drop(consumer, partition);
  }

  /** Whoever still believes to hold the partition is told. */
  #drop(consumer: SimConsumer, partition: number): void {
    this.zombies = this.zombies.filter((one) => one.consumer !== consumer || one.partition !== partition);
    consumer.revoke(partition);
  }
}
