import { type LogEntry, type logCreator, logLevel } from 'kafkajs';
import type { Logger } from '../logger.ts';

/** kafkajs says these at levels that would alarm for nothing. */
const quiet = [
  'Limiting retries for the idempotent producer',
  'KafkaJS v2.0.0 switched default partitioner',
  'The group is rebalancing',
  // Each answer that names an error; what is not repeated with success reaches us as a rejection.
  'Response ',
  'Failed to send messages',
];

const pickFields = (log: LogEntry['log']): object => {
  const { message: _message, timestamp: _timestamp, stack: _stack, logger: _logger, ...fields } = log;
  return fields;
};

/** Hands kafkajs' own lines to our logger. Its "info" is our "debug": it reports each pause and resume. */
export const kafkajsLogs =
  (logger: Logger): logCreator =>
  () =>
  ({ level, namespace, log }) => {
    const message = `kafkajs ${namespace}: ${log.message}`;
    const about = pickFields(log);
    if (level === logLevel.DEBUG || level === logLevel.INFO || quiet.some((part) => log.message.includes(part))) {
      logger.debug(about, message);
    } else if (level === logLevel.WARN) {
      logger.warn(about, message);
    } else {
      // What kafkajs calls an error is an attempt that it repeats; what is final reaches us as a rejection.
      logger.warn(about, message);
    }
  };
