import { headers } from '@kairos/contracts';
import type { RecordProducer, Serde } from '@kairos/stream-kit';
import type { PendingReport } from '../ports.ts';

const TOPIC = 'messages.reported';

/** Writes reports under the person's key, each in its trace. Resolved = all acknowledged. */
export const createReportWriter =
  (producer: RecordProducer, serde: Serde) =>
  async (reports: readonly PendingReport[]): Promise<void> => {
    const records = reports.map(({ report, traceparent }) => ({
      topic: TOPIC,
      key: report.personId,
      value: serde.encode(TOPIC, report),
      headers: {
        [headers.source]: 'channel-dispatchers',
        ...(traceparent === null ? {} : { [headers.traceparent]: traceparent }),
      },
    }));
    await producer.send(records);
  };
