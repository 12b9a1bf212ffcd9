// length: the contract is read as one list of promises
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Answer, ChannelAdapter, Order } from '../ports.ts';

/** How the provider behind a channel behaves. */
export type Behaviour = 'accept' | 'refuse' | 'busy' | 'hang' | 'away';

/** A channel with a provider behind it that does as told. */
export interface ChannelHarness {
  readonly channel: ChannelAdapter;
  readonly order: Order;
  behave(behaviour: Behaviour): Promise<void> | void;
  /** Idempotency keys of what the provider took over, in order; one per effect. */
  taken(): Promise<readonly string[]> | readonly string[];
  close(): Promise<void>;
}

export interface ContractOptions {
  /** Behaviours that this channel's provider can show. */
  readonly behaviours: readonly Behaviour[];
  /** Words that must not show up in any answer: addresses, secrets, what the templates hold. */
  readonly secrets: readonly string[];
  /** `repeats`: the provider sees a repeat under the same key. `absorbed`: our own store drops it. */
  readonly onRepeat: 'repeats' | 'absorbed';
}

/** What every channel promises. Run it from the channel's own spec. */
export function channelContract(name: string, start: () => Promise<ChannelHarness>, options: ContractOptions): void {
  describe(`the channel ${name}`, () => {
    let harness: ChannelHarness;
    const answers: Answer[] = [];
    const send = async (afterMs = 2_000): Promise<Answer> => {
      const signal = AbortSignal.timeout(afterMs);
      const answer = await harness.channel.prepare(harness.order).send(signal);
      answers.push(answer);
      return answer;
    };
    // What its provider cannot show is no test of this channel.
    const when = (behaviour: Behaviour) => (title: string, test: () => Promise<void>) => {
      if (options.behaviours.includes(behaviour)) it(title, test);
    };
    beforeEach(async () => {
      harness = await start();
    });
    afterEach(async () => await harness.close());

    it('hands over once and says so', async () => {
      await harness.behave('accept');
      expect(await send()).toMatchObject({ kind: 'accepted' });
      expect(await harness.taken()).toHaveLength(1);
    });

    it('a repeat carries the same idempotency key', async () => {
      await harness.behave('accept');
      await send();
      await send();
      const keys = await harness.taken();
      expect(keys).toHaveLength(options.onRepeat === 'repeats' ? 2 : 1);
      expect(new Set(keys).size).toBe(1);
      expect(keys[0]).toContain(harness.order.message.candidateId);
    });

    when('refuse')('a refusal for good is PROVIDER_REJECTED', async () => {
      await harness.behave('refuse');
      expect(await send()).toMatchObject({ kind: 'rejected', code: 'PROVIDER_REJECTED' });
      expect(await harness.taken()).toHaveLength(0);
    });

    when('busy')('a provider that is busy is asked again', async () => {
      await harness.behave('busy');
      expect(await send()).toMatchObject({ kind: 'again' });
    });

    when('away')('a provider that is away is asked again, and then has it', async () => {
      await harness.behave('away');
      expect(await send()).toMatchObject({ kind: 'again' });
      await harness.behave('accept');
      expect(await send()).toMatchObject({ kind: 'accepted' });
    });

    when('hang')('a call without an answer ends in time and claims neither success nor failure', async () => {
      await harness.behave('hang');
      const begun = performance.now();
      const answer = await send(300);
      expect(['unclear', 'again']).toContain(answer.kind);
      expect(performance.now() - begun).toBeLessThan(1_500);
    });

    it('answers hold no address and no secret', async () => {
      for (const behaviour of options.behaviours.filter((one) => one !== 'hang')) {
        await harness.behave(behaviour);
        await send();
      }
      const said = JSON.stringify(answers);
      for (const secret of options.secrets) expect(said).not.toContain(secret);
    });
  });
}
