/** Where what stands in the header of a record batch (Kafka's format 2). */
export const BATCH = {
  baseOffset: 0,
  length: 8,
  /** What `length` counts begins here. */
  afterLength: 12,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  /** What the check sum covers begins here. */
  attributes: 21,
  lastOffsetDelta: 23,
  firstTime: 27,
  maxTime: 35,
  producerId: 43,
  producerEpoch: 51,
  firstSequence: 53,
  count: 57,
  records: 61,
} as const;

export const MAGIC = 2;
