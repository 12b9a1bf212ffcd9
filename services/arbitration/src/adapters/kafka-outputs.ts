import { headers, type MessageDecided, spanAttributes, type TopicName, type TopicValues } from '@kairos/contracts';
import { type Attributes, SpanKind, startSpan, traceparentOf } from '@kairos/service-kit';
import type { OutgoingRecord, Output, RecordProducer, Serde } from '@kairos/stream-kit';
import type { Outputs, Verdict } from '../ports.ts';

/** Writes verdicts into the partition that they come from, each with its origin. */
export class KafkaOutputs implements Outputs {
  readonly #producer: RecordProducer;
  readonly #serde: Serde;

  constructor(producer: RecordProducer, serde: Serde) {
    this.#producer = producer;
    this.#serde = serde;
  }

  async write(verdicts: readonly Verdict[]): Promise<void> {
    await this.#producer.send(verdicts.flatMap((verdict) => this.#recordsOf(verdict)));
  }

  #recordsOf({ outputs, playbookVersion, traceparent }: Verdict): OutgoingRecord[] {
    const parents = new Map<string | undefined, string | undefined>();
    return outputs.map((output) => {
      // A decision by a tick belongs to the trace of its proposal, which waited for it.
      const parent = output.traceparent ?? traceparent;
      if (!parents.has(parent)) parents.set(parent, spanFor(parent, outputs));
      const trace = parents.get(parent);
      return {
        topic: output.topic,
        partition: output.origin.partition,
        key: output.key,
        value: this.#encode(output),
        headers: {
          [headers.playbook]: playbookVersion,
          [headers.source]: 'arbitration',
          ...(trace === undefined ? {} : { [headers.traceparent]: trace }),
        },
      };
    });
  }

  #encode({ topic, value, origin }: Output): Buffer {
    return this.#serde.encode(topic, { ...value, origin } as unknown as TopicValues[TopicName]);
  }
}

/** One span for what one record, or one proposal that a tick decided, led to. Answers the traceparent to pass on. */
function spanFor(parent: string | undefined, outputs: readonly Output[]): string | undefined {
  const decided = outputs.find(
    ({ topic, traceparent }) => topic === 'messages.decided' && (traceparent ?? parent) === parent,
  );
  const span = startSpan('arbitrate', { kind: SpanKind.CONSUMER, parent, attributes: attributesOf(decided) });
  span.end();
  return traceparentOf(span) ?? parent;
}

function attributesOf(decided: Output | undefined): Attributes {
  if (decided === undefined) return {};
  const { triggerId, fate, code, channel } = decided.value as MessageDecided;
  return {
    [spanAttributes.triggerId]: triggerId,
    [spanAttributes.fate]: fate,
    ...(code === null ? {} : { [spanAttributes.code]: code }),
    ...(channel === null ? {} : { [spanAttributes.channel]: channel }),
  };
}
